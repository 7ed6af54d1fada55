import { randomBytes, randomUUID } from "node:crypto";
import type { Redis } from "ioredis";
import { AppError } from "@herald/shared/errors";
import { parseKeyOwnerMember, type Keys, type KeyOwner } from "@herald/platform/redis/keys";
import { ed25519PublicKey, generateEd25519Seed } from "@herald/shared/signing/ed25519";
import {
  isLive,
  rotateKeys,
  type SignatureVersion,
  type SigningKey,
} from "@herald/shared/signing/key-rotation";
import { sealedWith, type Sealer } from "@herald/shared/signing/sealer";
import { readSigningKeyList, replaceSigningKeyList, type SigningKeyList } from "./signing-key-list.ts";

export interface SigningKeyStoreDeps {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly sealer: Sealer;
  /** WEBHOOK_SECRET: the first key of the tenant `default`, whose receivers have it already. */
  readonly firstSecret: Buffer | undefined;
}

/** A key and what it signs with: the bytes of a `v1` secret, or the seed of a `v1a` key pair. */
export interface OpenSigningKey extends SigningKey {
  readonly secret: Buffer;
}

export interface RotationRequest {
  readonly version: SignatureVersion;
  readonly overlapMs: number;
  readonly now: Date;
  /** A secret that the owner chose. Without it, one is made. */
  readonly secret?: Buffer;
}

export interface RotationAnswer {
  readonly key: OpenSigningKey;
  /** When the last of the replaced keys signs no more; null where there was none. */
  readonly previousExpiresAt: Date | null;
}

/**
 * The keys that sign webhooks, kept sealed. A tenant's first one is made when it is first needed. An endpoint has keys of
 * its own once `rotate` was called for it, and is signed for with its tenant's before.
 */
export interface SigningKeyStore {
  /** Those that sign now, newest first. */
  live(owner: KeyOwner, now: Date): Promise<readonly OpenSigningKey[]>;
  /** The same without their secrets. */
  list(owner: KeyOwner, now: Date): Promise<readonly SigningKey[]>;
  /** Makes a new key, or the first. Its secret is in the answer and never shown again. */
  rotate(owner: KeyOwner, request: RotationRequest): Promise<RotationAnswer>;
  /** Forgets every key of an owner that is gone. */
  remove(owner: KeyOwner): Promise<void>;
  /** Seals what an earlier encryption key sealed with the current one. Resolves to how many secrets that were. */
  reseal(now: Date): Promise<number>;
}

/** The tenant of the first admin key. */
const BOOTSTRAP_TENANT = "default";
const SECRET_BYTES = 32;
/** Each loss means that another writer won: this many in a row means that something else is wrong. */
const MAX_TRIES = 20;
const SCAN_COUNT = 100;

export function createSigningKeyStore(deps: SigningKeyStoreDeps): SigningKeyStore {
  const { redis, keys, sealer, firstSecret } = deps;

  function makeKey(owner: KeyOwner, version: SignatureVersion, at: { now: Date; secret?: Buffer }) {
    const secret = at.secret ?? (version === "v1" ? randomBytes(SECRET_BYTES) : generateEd25519Seed());
    const keyId = `whk_${randomUUID()}`;
    return {
      keyId,
      version,
      secret,
      sealed: sealer.seal(secret, boundTo(owner, keyId)),
      publicKey: version === "v1a" ? ed25519PublicKey(secret) : null,
      createdAt: at.now.getTime(),
      expiresAt: null,
    };
  }

  /** What receivers of this owner verify with before any key was ever stored. */
  function seededKeys({ tenant, endpointId }: KeyOwner, now: Date): readonly SigningKey[] {
    const seeded = tenant === BOOTSTRAP_TENANT && endpointId === undefined && firstSecret !== undefined;
    return seeded ? [stored(makeKey({ tenant }, "v1", { now, secret: firstSecret }))] : [];
  }

  /** Reads, decides and writes; again when another writer came between. */
  async function change<T>(
    owner: KeyOwner,
    decide: (list: SigningKeyList) => { readonly next: readonly SigningKey[]; readonly answer: T },
  ): Promise<T> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const list = await readSigningKeyList(redis, keys, owner);
      const { next, answer } = decide(list);
      if (next === list.keys || (await replaceSigningKeyList(deps, list, next)) === "replaced") {
        return answer;
      }
    }
    throw new AppError("internal_error", "the signing keys are being changed by too many at once");
  }

  /** The owner's keys; the first is made now for a tenant that has none. */
  async function ensure(owner: KeyOwner, now: Date): Promise<readonly SigningKey[]> {
    const { keys: known } = await readSigningKeyList(redis, keys, owner);
    if (signs(known, now) || owner.endpointId !== undefined) {
      return known;
    }
    return change(owner, (list) => {
      const next = signs(list.keys, now) ? list.keys : [...firstKeys(owner, now), ...list.keys];
      return { next, answer: next };
    });
  }

  function firstKeys(owner: KeyOwner, now: Date): readonly SigningKey[] {
    const seeded = seededKeys(owner, now);
    return seeded.length > 0 ? seeded : [stored(makeKey(owner, "v1", { now }))];
  }

  function open(owner: KeyOwner, key: SigningKey): OpenSigningKey {
    return { ...key, secret: sealer.open(key.sealed, boundTo(owner, key.keyId)) };
  }

  function resealList({ owner, keys: known }: SigningKeyList, now: Date) {
    const [current] = sealer.keyIds;
    const isOld = ({ sealed }: SigningKey): boolean => sealedWith(sealed) !== current;
    if (!known.some(isOld)) {
      return { next: known, answer: 0 };
    }
    const next = known
      .filter((key) => isLive(key, now.getTime()))
      .map((key) => {
        const { secret } = open(owner, key);
        return { ...key, sealed: sealer.seal(secret, boundTo(owner, key.keyId)) };
      });
    return { next, answer: next.length };
  }

  async function list(owner: KeyOwner, now: Date): Promise<readonly SigningKey[]> {
    return (await ensure(owner, now)).filter((key) => isLive(key, now.getTime()));
  }

  return {
    list,

    async live(owner, now) {
      const own = await list(owner, now);
      if (own.length === 0 && owner.endpointId !== undefined) {
        const tenant = { tenant: owner.tenant };
        return (await list(tenant, now)).map((key) => open(tenant, key));
      }
      return own.map((key) => open(owner, key));
    },

    async rotate(owner, { version, overlapMs, now, secret }) {
      const key = makeKey(owner, version, secret === undefined ? { now } : { now, secret });
      const terms = { overlapMs, now: now.getTime() };
      return change(owner, (list) => {
        const known = list.text === "" ? seededKeys(owner, now) : list.keys;
        const { keys: next, previousExpiresAt: end } = rotateKeys(known, stored(key), terms);
        return { next, answer: { key, previousExpiresAt: end === null ? null : new Date(end) } };
      });
    },

    async remove(owner) {
      await change(owner, () => ({ next: [], answer: undefined }));
    },

    async reseal(now) {
      const inUse = await redis.hkeys(keys.sealedSecrets);
      if (inUse.every((keyId) => keyId === sealer.keyIds[0])) {
        return 0;
      }
      let resealed = 0;
      for await (const owners of redis.sscanStream(keys.signingKeyOwners, { count: SCAN_COUNT })) {
        for (const owner of (owners as string[]).map(parseKeyOwnerMember)) {
          resealed += await change(owner, (list) => resealList(list, now));
        }
      }
      return resealed;
    },
  };
}

function signs(keys: readonly SigningKey[], now: Date): boolean {
  return keys.some((key) => key.version === "v1" && isLive(key, now.getTime()));
}

function stored({ keyId, version, sealed, publicKey, createdAt, expiresAt }: SigningKey): SigningKey {
  return { keyId, version, sealed, publicKey, createdAt, expiresAt };
}

/** Moved to another owner, or under another id, a sealed secret does not open. */
function boundTo({ tenant, endpointId = "" }: KeyOwner, keyId: string): string {
  return ["webhook signing key", tenant, endpointId, keyId].join("\n");
}
