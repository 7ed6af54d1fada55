import type { Redis } from "ioredis";
import { eventIdOf, jobStatuses } from "../../job/index.ts";
import { deliveryMemberOf, memberOf, type JobRef, type Keys } from "../keys.ts";
import { createScript, runScript } from "../script.ts";
import { DELIVERY_LISTS, deliveryListKeys } from "./delivery-lists.ts";

// A job and everything that names it vanish together: a list never shows a job that cannot be read. A webhook may become
// owed again until the last moment, and needs the record. The job names the endpoints that were told of its end.
//
// KEYS[1]  delivery hash   KEYS[2]  record expiry   KEYS[3]  audio expiry   KEYS[4]  open jobs   KEYS[5]  loose entries
// KEYS[6]  open deliveries   KEYS[7]  job hash   KEYS[8]  text   KEYS[9]  attempts   KEYS[10…13]  the lists of deliveries
// KEYS[14…]  the tenant's indexes
// ARGV[1]  job id   ARGV[2]  member for the lists over all tenants   ARGV[3]  member of open deliveries
// Returns  1 when purged, 0 when a delivery is still pending
const PURGE_JOB = createScript(`${DELIVERY_LISTS}
local endpoints = {}
for id in string.gmatch(redis.call("HGET", KEYS[7], "endpoints") or "", "%S+") do
  table.insert(endpoints, id)
  if redis.call("HGET", KEYS[1] .. "." .. id, "status") == "pending" then return 0 end
end
if redis.call("HGET", KEYS[1], "status") == "pending" then
  return 0
end
for _, id in ipairs(endpoints) do
  local suffix = "." .. id
  forgetDelivery(listsFrom(10), KEYS[1] .. suffix, KEYS[9] .. suffix)
  redis.call("ZREM", KEYS[6], ARGV[3] .. suffix)
end
forgetDelivery(listsFrom(10), KEYS[1], KEYS[9])
for i = 2, 5 do
  redis.call("ZREM", KEYS[i], ARGV[2])
end
redis.call("ZREM", KEYS[6], ARGV[3])
redis.call("DEL", KEYS[7], KEYS[8])
for i = 14, #KEYS do
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
      keys.looseEntries,
      keys.openDeliveries,
      keys.job(tenant, jobId),
      keys.text(tenant, jobId),
      keys.deliveryAttempts(tenant, eventId),
      ...deliveryListKeys(keys, tenant),
      keys.jobs(tenant),
      ...jobStatuses.map((status) => keys.jobsWithStatus(tenant, status)),
    ],
    args: [jobId, memberOf(ref), deliveryMemberOf({ tenant, deliveryId: eventId })],
  });
  return reply === 1 ? "purged" : "owed";
}
