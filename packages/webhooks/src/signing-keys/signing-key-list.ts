import type { Redis } from "ioredis";
import { z } from "zod";
import type { Keys, KeyOwner } from "@herald/platform/redis/keys";
import { replaceSigningKeys } from "./replace-signing-keys.ts";
import { signatureVersions, type SigningKey } from "@herald/shared/signing/key-rotation";
import { sealedWith } from "@herald/shared/signing/sealer";

/** An owner's signing keys as they were read, to be replaced only if nobody did so meanwhile. */
export interface SigningKeyList {
  readonly owner: KeyOwner;
  /** Newest first; those past their time are still among them. */
  readonly keys: readonly SigningKey[];
  /** The stored text; empty for an owner without keys. */
  readonly text: string;
}

const storedKeys = z.array(
  z.object({
    keyId: z.string(),
    version: z.enum(signatureVersions),
    sealed: z.string(),
    publicKey: z.string().nullable(),
    createdAt: z.number(),
    expiresAt: z.number().nullable(),
  }),
);

export async function readSigningKeyList(redis: Redis, keys: Keys, owner: KeyOwner): Promise<SigningKeyList> {
  const text = (await redis.get(keys.signingKeys(owner))) ?? "";
  return { owner, text, keys: text === "" ? [] : storedKeys.parse(JSON.parse(text)) };
}

export async function replaceSigningKeyList(
  { redis, keys }: { readonly redis: Redis; readonly keys: Keys },
  list: SigningKeyList,
  next: readonly SigningKey[],
): Promise<"replaced" | "stale"> {
  return replaceSigningKeys(redis, keys, {
    owner: list.owner,
    before: list.text,
    after: next.length === 0 ? "" : JSON.stringify(next),
    countChanges: countChanges(list.keys, next),
  });
}

function countChanges(before: readonly SigningKey[], after: readonly SigningKey[]): Record<string, number> {
  const changes: Record<string, number> = {};
  const count = (keys: readonly SigningKey[], by: number): void => {
    for (const { sealed } of keys) {
      const keyId = sealedWith(sealed);
      changes[keyId] = (changes[keyId] ?? 0) + by;
    }
  };
  count(before, -1);
  count(after, 1);
  return changes;
}
