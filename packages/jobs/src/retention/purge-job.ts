import type { Redis } from "ioredis";
import { jobStatuses } from "@herald/shared/jobs/status";
import { eventIdOf } from "@herald/shared/webhooks/webhook-ids";
import { deliveryMemberOf, memberOf, type JobRef, type Keys } from "@herald/platform/redis/keys";
import { AUDIO_BYTES, audioKeys, audioOfKeys } from "./audio-bytes.ts";
import { deliveryListKeys, FORGET_DELIVERY } from "@herald/webhooks/deliveries/delivery-lists";
import { createScript, runScript } from "@herald/platform/redis/script";

// A job and everything that names it vanish together: a list never shows a job that cannot be read. A webhook may become
// owed again until the last moment, and needs the record. The job names the endpoints that were told of its end.
//
// KEYS[1]  delivery hash   KEYS[2]  record expiry   KEYS[3]  open jobs   KEYS[4]  loose entries
// KEYS[5]  open deliveries   KEYS[6]  job hash   KEYS[7]  text   KEYS[8…11]  the lists of deliveries
// KEYS[12…14]  the stored audio   KEYS[15…]  the tenant's indexes
// ARGV[1]  job id   ARGV[2]  member for the lists over all tenants   ARGV[3]  member of open deliveries
// Returns  1 when purged, 0 when a delivery is still pending
const PURGE_JOB = createScript(`${FORGET_DELIVERY}${audioOfKeys(11)}${AUDIO_BYTES}
local deliveryKey, recordExpiry, openJobs, looseEntries, openDeliveries, jobKey, textKey = unpack(KEYS, 1, 7)
local jobId, member, deliveryMember = unpack(ARGV)
local endpoints = {}
for id in string.gmatch(redis.call("HGET", jobKey, "endpoints") or "", "%S+") do
  table.insert(endpoints, id)
  if redis.call("HGET", deliveryKey .. "." .. id, "status") == "pending" then return 0 end
end
if redis.call("HGET", deliveryKey, "status") == "pending" then
  return 0
end
for _, id in ipairs(endpoints) do
  forgetDelivery(listsFrom(8), deliveryKey .. "." .. id)
  redis.call("ZREM", openDeliveries, deliveryMember .. "." .. id)
end
forgetDelivery(listsFrom(8), deliveryKey)
redis.call("ZREM", openDeliveries, deliveryMember)
redis.call("ZREM", recordExpiry, member)
redis.call("ZREM", openJobs, member)
redis.call("ZREM", looseEntries, member)
forgetAudio(audio, jobKey, member)
redis.call("DEL", jobKey, textKey)
for i = 15, #KEYS do
  redis.call("ZREM", KEYS[i], jobId)
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
