import type { Redis } from "ioredis";
import type { JobRef, Keys } from "@herald/platform/redis/keys";
import { createScript, runScript } from "@herald/platform/redis/script";

// A record that was purged since it was read must not come back as a hash with one field. A Redis that is full refuses a script
// whose first write may take memory, and lets one pass that begins with a removal, whether there is anything to remove or not:
// this one is what makes room.
//
// KEYS[1]  job hash
// Returns  nothing of interest
const EXPIRE_AUDIO = createScript(`
if redis.call("EXISTS", KEYS[1]) == 1 then
  redis.call("HDEL", KEYS[1], "audio_expired")
  redis.call("HSET", KEYS[1], "audio_expired", "1")
end
return 0
`);

export async function expireAudio(redis: Redis, keys: Keys, { tenant, jobId }: JobRef): Promise<void> {
  await runScript(redis, EXPIRE_AUDIO, { keys: [keys.job(tenant, jobId)], args: [] });
}
