import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";

/** Keeps secrets at rest unreadable to whoever has Redis but not the encryption key. */
export interface Sealer {
  /** Of every key that opens. The first one seals. */
  readonly keyIds: readonly [string, ...string[]];
  /** `boundTo` says whose secret it is: sealed for one owner, it opens for no other. */
  seal(secret: Buffer, boundTo: string): string;
  /** Throws `UnknownEncryptionKey` when it was sealed with another key, and any other error when it was tampered with. */
  open(sealed: string, boundTo: string): Buffer;
}

/** The operator's configuration lacks a key. Its id is no secret: it is a hash. */
export class UnknownEncryptionKey extends Error {
  override readonly name = "UnknownEncryptionKey";

  constructor(readonly keyId: string) {
    super(`a secret is sealed with the encryption key ${keyId}, which is not among those of ENCRYPTION_KEY`);
  }
}

const PURPOSE = "herald sealed secret v1";
const ALGORITHM = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_ID_CHARS = 16;

// <id of the encryption key>.<nonce, ciphertext and tag, base64url>
const SEALED = /^(?<keyId>[0-9a-f]{16})\.(?<box>[A-Za-z0-9_-]{38,})$/;

/** Tells encryption keys apart without saying anything of them: half of a hash over 256 random bits. */
export function encryptionKeyId(key: Buffer): string {
  return createHash("sha256")
    .update("herald encryption key v1\n")
    .update(key)
    .digest("hex")
    .slice(0, KEY_ID_CHARS);
}

/** The id of the key that a secret is sealed with. */
export function sealedWith(sealed: string): string {
  return parseSealed(sealed).keyId;
}

export function createSealer(encryptionKeys: readonly Buffer[]): Sealer {
  const known = new Map(encryptionKeys.map((key) => [encryptionKeyId(key), key]));
  const [current, ...others] = known.keys();
  if (current === undefined) {
    throw new Error("nothing can be sealed without an encryption key");
  }

  function keyOf(keyId: string): Buffer {
    const key = known.get(keyId);
    if (key === undefined) {
      throw new UnknownEncryptionKey(keyId);
    }
    return key;
  }

  return {
    keyIds: [current, ...others],

    seal(secret, boundTo) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, keyOf(current), nonce);
      cipher.setAAD(contextOf(current, boundTo));
      const box = Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
      return `${current}.${box.toString("base64url")}`;
    },

    open(sealed, boundTo) {
      const { keyId, box } = parseSealed(sealed);
      const nonce = box.subarray(0, NONCE_BYTES);
      const decipher = createDecipheriv(ALGORITHM, keyOf(keyId), nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(contextOf(keyId, boundTo));
      decipher.setAuthTag(box.subarray(-TAG_BYTES));
      return Buffer.concat([decipher.update(box.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    },
  };
}

function contextOf(keyId: string, boundTo: string): Buffer {
  return Buffer.from([PURPOSE, keyId, boundTo].join("\n"));
}

function parseSealed(sealed: string): { readonly keyId: string; readonly box: Buffer } {
  const { keyId, box: encoded } = SEALED.exec(sealed)?.groups ?? {};
  const box = Buffer.from(encoded ?? "", "base64url");
  // The last character can carry bits that decoding drops: two texts must not stand for one secret.
  if (keyId === undefined || box.toString("base64url") !== encoded) {
    throw new Error("a sealed secret is damaged");
  }
  return { keyId, box };
}
