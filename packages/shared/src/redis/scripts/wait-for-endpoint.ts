import type { Redis } from "ioredis";
import type { Keys } from "../keys.ts";
import { createScript, runScript } from "../script.ts";
import { queueNames } from "../../queues/entries.ts";
import { queueKey, queueOfKey } from "../lua/add-entry.ts";
import { WAKE_ENTRY } from "../lua/wake-entry.ts";
import { ENDPOINT_STANDING, endpointKeys, type EndpointLimits, type Turn } from "./endpoint-standing.ts";

// A delivery that was refused waits in the queue's delayed set, and here, where those who leave find it. Since it was
// refused the last one may have left: then nobody would tell it, so that is looked at once more in the same step.
//
// KEYS[1]  state of the endpoint   KEYS[2]  deliveries that wait for it   KEYS[3]  the queue
// ARGV[1]  delivery id   ARGV[2]  now   ARGV[3]  cap
const WAIT_FOR_ENDPOINT = createScript(`${queueOfKey(3)}${WAKE_ENTRY}${ENDPOINT_STANDING}
local id, now = ARGV[1], tonumber(ARGV[2])
local state = look(id, "alarm")
local shut_until, limit = standing(state, tonumber(ARGV[3]))
if shut_until > now then
  -- One of those who wait comes by itself when the time is over, and tells the others.
  if tonumber(state[7]) ~= shut_until then
    redis.call("HSET", KEYS[1], "alarm", shut_until)
    remember(now, shut_until)
    wakeEntryAt(queue, id, shut_until, now)
    return
  end
elseif free_places(state, id, now, limit) > 0 then
  lease(state, id, now + RESERVED_MS, state[6])
  wakeEntry(queue, id)
  return
end
redis.call("ZADD", KEYS[2], "NX", now, id)
redis.call("PEXPIRE", KEYS[2], 86400000)
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
