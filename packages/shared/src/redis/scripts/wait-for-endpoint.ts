import type { Redis } from "ioredis";
import { queueNames } from "../../queues/entries.ts";
import type { Keys } from "../keys.ts";
import { queueKey, queueOfKey } from "../lua/add-entry.ts";
import { ENDPOINT_STANDING, endpointKeys, type EndpointLimits, type Turn } from "../lua/endpoint-standing.ts";
import { WAKE_ENTRY } from "../lua/wake-entry.ts";
import { createScript, runScript } from "../script.ts";

// A delivery that was refused is delayed in the queue by now, where those who leave can wake it. Since it was refused one may
// have left, and kept a place for it that it was not there to take; or the last one has, so that nobody would wake it.
//
// KEYS[1]  state of the endpoint   KEYS[2]  deliveries that wait for it   KEYS[3]  the queue
// ARGV[1]  delivery id   ARGV[2]  now   ARGV[3]  cap
const WAIT_FOR_ENDPOINT = createScript(`${queueOfKey(3)}${WAKE_ENTRY}${ENDPOINT_STANDING}
at_endpoint(1)
local id, now = ARGV[1], tonumber(ARGV[2])
if not redis.call("ZSCORE", waiting_key, id) then
  wakeEntry(queue, id)
  return
end
local state = look(id, "alarm")
if not state[7] then redis.call("HSET", state_key, "waiting", 1) end
local shut_until, limit = standing(state, tonumber(ARGV[3]))
if shut_until > now then
  -- One of those who wait comes by itself when the time is over, and tells the others.
  if tonumber(state[8]) ~= shut_until then
    redis.call("HSET", state_key, "alarm", shut_until)
    remember(now, shut_until)
    redis.call("ZREM", waiting_key, id)
    wakeEntryAt(queue, id, shut_until, now)
  end
elseif free_places(state, id, now, limit) > 0 then
  lease(state, id, now + RESERVED_MS, state[6])
  redis.call("ZREM", waiting_key, id)
  wakeEntry(queue, id)
end
`);

export async function waitForEndpoint(
  redis: Redis,
  keys: Keys,
  { turn, limits, now }: { turn: Turn; limits: EndpointLimits; now: number },
): Promise<void> {
  await runScript(redis, WAIT_FOR_ENDPOINT, {
    keys: [...endpointKeys(keys, turn), queueKey(keys, queueNames.webhookDelivery)],
    args: [turn.deliveryId, String(now), String(limits.maxInFlight)],
  });
}
