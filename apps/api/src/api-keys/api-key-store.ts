import { randomUUID } from "node:crypto";
import type { Redis } from "ioredis";
import { z } from "zod";
import type { Limits } from "@herald/shared/jobs/limits";
import { time } from "@herald/platform/redis/record-fields";
import type { Keys } from "@herald/platform/redis/keys";
import { insertApiKey } from "./insert-api-key.ts";
import { touchApiKey } from "./touch-api-key.ts";

export const roles = ["consumer", "viewer", "operator", "admin"] as const;
export type Role = (typeof roles)[number];

/** What is known of a key. The key itself is not: only its SHA-256 is kept, to look it up by. */
export interface ApiKey {
  readonly keyId: string;
  readonly tenant: string;
  readonly role: Role;
  readonly name: string;
  /** Of its own; where it has none, the deployment's hold. */
  readonly limits: Limits;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
}

export interface NewApiKey {
  readonly hash: string;
  readonly tenant: string;
  readonly role: Role;
  readonly name: string;
  readonly limits?: Limits;
  readonly now: Date;
}

export interface ApiKeyStore {
  /** A key that is already known is answered as it is. */
  create(key: NewApiKey): Promise<ApiKey>;
  findByHash(hash: string): Promise<ApiKey | null>;
  findById(keyId: string): Promise<ApiKey | null>;
  list(): Promise<readonly ApiKey[]>;
  remove(keyId: string): Promise<"removed" | "missing">;
  touch(hash: string, now: Date): Promise<void>;
}

const limit = z.number().int().positive().optional();
const limits = z.object({
  requestsPerMinute: limit,
  charsPerMinute: limit,
  pendingJobs: limit,
  charsPerMonth: limit,
});

const apiKeyRecord = z.object({
  key_id: z.string(),
  tenant: z.string(),
  role: z.enum(roles),
  name: z.string(),
  limits: z
    .string()
    .transform((text) => limits.parse(JSON.parse(text)) as Limits)
    .default({}),
  created_at: time,
  last_used_at: time.optional(),
});

export function createApiKeyStore(redis: Redis, keys: Keys): ApiKeyStore {
  async function findByHash(hash: string): Promise<ApiKey | null> {
    const record = await redis.hgetall(keys.apiKey(hash));
    return Object.keys(record).length === 0 ? null : parseApiKey(record);
  }

  return {
    findByHash,

    async findById(keyId) {
      const hash = await redis.hget(keys.apiKeys, keyId);
      return hash === null ? null : findByHash(hash);
    },

    async create({ hash, tenant, role, name, limits = {}, now }) {
      const keyId = `key_${randomUUID()}`;
      const record = {
        key_id: keyId,
        tenant,
        role,
        name,
        limits: JSON.stringify(limits),
        created_at: String(now.getTime()),
      };
      await insertApiKey(redis, keys, { keyId, hash, record });
      return (await findByHash(hash)) ?? parseApiKey(record);
    },

    async list() {
      const hashes = await redis.hvals(keys.apiKeys);
      const found = await Promise.all(hashes.map(findByHash));
      return found
        .filter((key) => key !== null)
        .sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
    },

    async remove(keyId) {
      const hash = await redis.hget(keys.apiKeys, keyId);
      if (hash === null) {
        return "missing";
      }
      await redis.multi().del(keys.apiKey(hash)).hdel(keys.apiKeys, keyId).exec();
      return "removed";
    },

    async touch(hash, now) {
      await touchApiKey(redis, keys, { hash, now });
    },
  };
}

function parseApiKey(record: Record<string, string>): ApiKey {
  const { key_id, created_at, last_used_at, ...rest } = apiKeyRecord.parse(record);
  return { ...rest, keyId: key_id, createdAt: created_at, lastUsedAt: last_used_at ?? null };
}
