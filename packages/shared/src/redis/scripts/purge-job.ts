import type { Redis } from "ioredis";
import { eventIdOf, jobStatuses } from "../../job/index.ts";
import { deliveryMemberOf, memberOf, type JobRef, type Keys } from "../keys.ts";
import { AUDIO_BYTES, audioKeys, audioOfKeys } from "../lua/audio-bytes.ts";
import { DELIVERY_LISTS, deliveryListKeys } from "../lua/delivery-lists.ts";
import { createScript, runScript } from "../script.ts";

// A job and everything that names it vanish together: a list never shows a job that cannot be read. A webhook may become
// owed again until the last moment, and needs the record. The job names the endpoints that were told of its end.
//
// KEYS[1]  delivery hash   KEYS[2]  record expiry   KEYS[3]  open jobs   KEYS[4]  loose entries
// KEYS[5]  open deliveries   KEYS[6]  job hash   KEYS[7]  text   KEYS[8…11]  the lists of deliveries
// KEYS[12…14]  the stored audio   KEYS[15…]  the tenant's indexes
// ARGV[1]  job id   ARGV[2]  member for the lists over all tenants   ARGV[3]  member of open deliveries
// Returns  1 when purged, 0 when a delivery is still pending
const PURGE_JOB = createScript(`${DELIVERY_LISTS}${audioOfKeys(11)}${AUDIO_BYTES}
local endpoints = {}
for id in string.gmatch(redis.call("HGET", KEYS[6], "endpoints") or "", "%S+") do
  table.insert(endpoints, id)
  if redis.call("HGET", KEYS[1] .. "." .. id, "status") == "pending" then return 0 end
end
if redis.call("HGET", KEYS[1], "status") == "pending" then
  return 0
end
for _, id in ipairs(endpoints) do
  local suffix = "." .. id
  forgetDelivery(listsFrom(8), KEYS[1] .. suffix)
  redis.call("ZREM", KEYS[5], ARGV[3] .. suffix)
end
forgetDelivery(listsFrom(8), KEYS[1])
for i = 2, 4 do
  redis.call("ZREM", KEYS[i], ARGV[2])
end
forgetAudio(audio, KEYS[6], ARGV[2])
redis.call("ZREM", KEYS[5], ARGV[3])
redis.call("DEL", KEYS[6], KEYS[7])
for i = 15, #KEYS do
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
      keys.openJobs,
      keys.looseEntries,
      keys.openDeliveries,
      keys.job(tenant, jobId),
      keys.text(tenant, jobId),
      ...deliveryListKeys(keys, tenant),
      ...audioKeys(keys),
      keys.jobs(tenant),
      ...jobStatuses.map((status) => keys.jobsWithStatus(tenant, status)),
    ],
    args: [jobId, memberOf(ref), deliveryMemberOf({ tenant, deliveryId: eventId })],
  });
  return reply === 1 ? "purged" : "owed";
}
