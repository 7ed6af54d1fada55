import type { Redis } from "ioredis";
import type { Keys } from "@herald/platform/redis/keys";
import { createScript, runScript } from "@herald/platform/redis/script";

// Several API processes may bring in the same bootstrap key when they start together. Were looking and writing two steps,
// the key would be listed once for each of them, and removed only for one.
//
// KEYS[1]  API key hash   KEYS[2]  hash of key ids
// ARGV[1]  key id   ARGV[2]  the hash by which the key is looked up   ARGV[3…]  field, value pairs
// Returns  1 when the key was inserted, 0 when it was there
const INSERT_API_KEY = createScript(`
if redis.call("EXISTS", KEYS[1]) == 1 then
  return 0
end
redis.call("HSET", KEYS[1], unpack(ARGV, 3))
redis.call("HSET", KEYS[2], ARGV[1], ARGV[2])
return 1
`);

export interface ApiKeyInsertion {
  readonly keyId: string;
  readonly hash: string;
  readonly record: Readonly<Record<string, string>>;
}

export async function insertApiKey(
  redis: Redis,
  keys: Keys,
  { keyId, hash, record }: ApiKeyInsertion,
): Promise<void> {
  await runScript(redis, INSERT_API_KEY, {
    keys: [keys.apiKey(hash), keys.apiKeys],
    args: [keyId, hash, ...Object.entries(record).flat()],
  });
}
