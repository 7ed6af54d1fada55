import type { Redis } from "ioredis";
import type { Keys } from "@herald/platform/redis/keys";
import { createScript, runScript } from "@herald/platform/redis/script";

// A key that was removed between its look-up and now must not come back as a hash with one field.
//
// KEYS[1]  API key hash
// ARGV[1]  now in ms
// Returns  nothing of interest
const TOUCH_API_KEY = createScript(`
if redis.call("EXISTS", KEYS[1]) == 1 then
  redis.call("HSET", KEYS[1], "last_used_at", ARGV[1])
end
return 0
`);

export async function touchApiKey(
  redis: Redis,
  keys: Keys,
  { hash, now }: { readonly hash: string; readonly now: Date },
): Promise<void> {
  await runScript(redis, TOUCH_API_KEY, { keys: [keys.apiKey(hash)], args: [String(now.getTime())] });
}
