import type { Redis } from "ioredis";
import type { Keys } from "../keys.ts";
import { createScript, runScript } from "../script.ts";
import { ENDPOINT_STANDING, endpointKeys, type EndpointLimits, type Turn } from "./endpoint-standing.ts";

// A delivery that was refused waits in the queue's delayed set, and here, where those who leave find it. Since it was
// refused the last one may have left: then nobody would tell it, so that is looked at once more in the same step.
//
// KEYS[1]  state of the endpoint   KEYS[2]  deliveries that wait for it
// ARGV[1]  delivery id   ARGV[2]  now   ARGV[3]  cap
// Returns  when it is to wake: 0 for at once, -1 for when it is told
const WAIT_FOR_ENDPOINT = createScript(`${ENDPOINT_STANDING}
local id, now = ARGV[1], tonumber(ARGV[2])
local state = look(id, "alarm")
local shut_until, limit = standing(state, tonumber(ARGV[3]))
if shut_until > now then
  -- One of those who wait comes by itself when the time is over, and tells the others.
  if tonumber(state[7]) ~= shut_until then
    redis.call("HSET", KEYS[1], "alarm", shut_until)
    remember(now, shut_until)
    return shut_until
  end
elseif free_places(state, id, now, limit) > 0 then
  lease(state, id, now + RESERVED_MS, state[6])
  return 0
end
redis.call("ZADD", KEYS[2], "NX", now, id)
redis.call("PEXPIRE", KEYS[2], 86400000)
return -1
`);

/** When the delivery is to wake; null: when it is told to. */
export async function waitForEndpoint(
  redis: Redis,
  keys: Keys,
  { turn, limits, now }: { turn: Turn; limits: EndpointLimits; now: number },
): Promise<number | null> {
  const reply = await runScript(redis, WAIT_FOR_ENDPOINT, {
    keys: endpointKeys(keys, turn),
    args: [turn.deliveryId, String(now), String(limits.maxInFlight)],
  });
  return reply === -1 ? null : Number(reply);
}
