import type { Redis } from "ioredis";
import { eventIdOf, jobStatuses } from "../../job/index.ts";
import { memberOf, type JobRef, type Keys } from "../keys.ts";
import { createScript, runScript } from "../script.ts";

// A job and everything that names it vanish together: a list never shows a job that cannot be read. A webhook may become
// owed again until the last moment, and needs the record.
//
// KEYS[1]  delivery hash   KEYS[2]  record expiry   KEYS[3]  audio expiry   KEYS[4]  open jobs   KEYS[5]  open deliveries
// KEYS[6]  loose entries   KEYS[7]  job hash   KEYS[8]  text   KEYS[9]  attempts   KEYS[10…]  the tenant's indexes
// ARGV[1]  job id   ARGV[2]  member for the lists over all tenants
// Returns  1 when purged, 0 when the delivery is still pending
const PURGE_JOB = createScript(`
if redis.call("HGET", KEYS[1], "status") == "pending" then
  return 0
end
for i = 2, 6 do
  redis.call("ZREM", KEYS[i], ARGV[2])
end
redis.call("DEL", KEYS[1], KEYS[7], KEYS[8], KEYS[9])
for i = 10, #KEYS do
  redis.call("ZREM", KEYS[i], ARGV[1])
end
return 1
`);

export async function purgeJob(redis: Redis, keys: Keys, ref: JobRef): Promise<"purged" | "owed"> {
  const { tenant, jobId } = ref;
  const eventId = eventIdOf(jobId);
  const reply = await runScript(redis, PURGE_JOB, {
    keys: [
      keys.delivery(tenant, eventId),
      keys.recordExpiry,
      keys.audioExpiry,
      keys.openJobs,
      keys.openDeliveries,
      keys.looseEntries,
      keys.job(tenant, jobId),
      keys.text(tenant, jobId),
      keys.deliveryAttempts(tenant, eventId),
      keys.jobs(tenant),
      ...jobStatuses.map((status) => keys.jobsWithStatus(tenant, status)),
    ],
    args: [jobId, memberOf(ref)],
  });
  return reply === 1 ? "purged" : "owed";
}
