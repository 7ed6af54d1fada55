import type { Redis } from "ioredis";
import { queueNames } from "@herald/queue/queues/entries";
import type { Keys } from "@herald/platform/redis/keys";
import { queueKey, queueOfKey } from "@herald/queue/queues/add-entry";
import { ENDPOINT_STATE, endpointKeys, type EndpointLimits, type PermitRef } from "./endpoint-state.ts";
import { WAKE_ENTRY } from "@herald/queue/queues/wake-entry";
import { createScript, runScript } from "@herald/platform/redis/script";

// A delivery that was refused is delayed in the queue by now, where those who leave can wake it. Since it was refused one may
// have left, and kept a place for it that it was not there to take; or the last one has, so that nobody would wake it.
//
// KEYS[1]  state of the endpoint   KEYS[2]  deliveries that wait for it   KEYS[3]  the queue
// ARGV[1]  delivery id   ARGV[2]  now   ARGV[3]  cap
const WAIT_FOR_PERMIT = createScript(`${queueOfKey(3)}${WAKE_ENTRY}${ENDPOINT_STATE}
atEndpoint(1)
local id, now = ARGV[1], tonumber(ARGV[2])
if not redis.call("ZSCORE", waitingKey, id) then
  wakeEntry(queue, id)
  return
end
local state, alarm = look(id, now, tonumber(ARGV[3]), "alarm")
if not state.anyWaiting then redis.call("HSET", stateKey, "waiting", 1) end
local shutUntil, limit = standing(state)
if shutUntil > now then
  -- One of those who wait comes by itself when the time is over, and tells the others.
  if tonumber(alarm) ~= shutUntil then
    redis.call("HSET", stateKey, "alarm", shutUntil)
    remember(state, shutUntil)
    redis.call("ZREM", waitingKey, id)
    wakeEntryAt(queue, id, shutUntil, now)
  end
elseif freePlaces(state, limit) > 0 then
  lease(state, id, now + RESERVED_MS, state.hasPlace)
  redis.call("ZREM", waitingKey, id)
  wakeEntry(queue, id)
end
`);

export async function waitForPermit(
  redis: Redis,
  keys: Keys,
  { permit, limits, now }: { permit: PermitRef; limits: EndpointLimits; now: number },
): Promise<void> {
  await runScript(redis, WAIT_FOR_PERMIT, {
    keys: [...endpointKeys(keys, permit), queueKey(keys, queueNames.webhookDelivery)],
    args: [permit.deliveryId, String(now), String(limits.maxInFlight)],
  });
}
