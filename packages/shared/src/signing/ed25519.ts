import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";

const SEED_BYTES = 32;
/** PKCS #8 and SPKI of RFC 8410, up to where the key's own 32 bytes begin. */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
const SPKI_PREFIX_BYTES = 12;

/** The 32 bytes that an ed25519 key pair follows from. They alone are kept. */
export function generateEd25519Seed(): Buffer {
  const { privateKey } = generateKeyPairSync("ed25519");
  return privateKey.export({ format: "der", type: "pkcs8" }).subarray(-SEED_BYTES);
}

export function ed25519PrivateKey(seed: Buffer): KeyObject {
  if (seed.length !== SEED_BYTES) {
    throw new Error(`an ed25519 seed holds ${SEED_BYTES} bytes`);
  }
  return createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: "der", type: "pkcs8" });
}

/** `whpk_` and the base64 of 32 bytes: what receivers verify `v1a` with. It is no secret. */
export function ed25519PublicKey(seed: Buffer): string {
  const spki = createPublicKey(ed25519PrivateKey(seed)).export({ format: "der", type: "spki" });
  return `whpk_${spki.subarray(SPKI_PREFIX_BYTES).toString("base64")}`;
}
