import type { Redis } from "ioredis";
import type { JobChange } from "@herald/shared/jobs/status";
import type { Keys } from "@herald/platform/redis/keys";
import { createScript, runScript } from "@herald/platform/redis/script";

// Compare-and-set on status and fence. An attempt that lost its worker's lock races with the one that replaced it; only
// the one whose fence still stands may write. Sent twice, because a connection broke before the answer, it says the same.
//
// KEYS[1]  job hash   KEYS[2]  index of the expected status   KEYS[3]  index of the new status
// ARGV[1]  job id   ARGV[2]  expected status   ARGV[3]  expected fence, "" for any   ARGV[4]  new status
// Returns  1 when applied, now or before, 0 when the job was no longer as expected
const APPLY_JOB_CHANGE = createScript(`
local job = redis.call("HMGET", KEYS[1], "status", "fence")
if ARGV[3] ~= "" and job[2] == ARGV[3] and job[1] == ARGV[4] then
  return 1
end
if job[1] ~= ARGV[2] or (ARGV[3] ~= "" and job[2] ~= ARGV[3]) then
  return 0
end
redis.call("HSET", KEYS[1], "status", ARGV[4])
redis.call("ZREM", KEYS[2], ARGV[1])
redis.call("ZADD", KEYS[3], 0, ARGV[1])
return 1
`);

export async function applyJobChange(
  redis: Redis,
  keys: Keys,
  change: JobChange,
): Promise<"applied" | "stale"> {
  const { tenant, jobId, from, to, fence } = change;
  const reply = await runScript(redis, APPLY_JOB_CHANGE, {
    keys: [keys.job(tenant, jobId), keys.jobsWithStatus(tenant, from), keys.jobsWithStatus(tenant, to)],
    args: [jobId, from, fence ?? "", to],
  });
  return reply === 1 ? "applied" : "stale";
}
