import type { Redis } from "ioredis";
import type { Keys } from "../keys.ts";
import { createScript, runScript } from "../script.ts";
import { ENDPOINT_STANDING, endpointKeys, type EndpointLimits, type Turn } from "./endpoint-standing.ts";

// Many workers ask at once, so the question and the place that it takes are one step. Asking again takes no second place:
// a worker that is lost leaves its lease to whoever has the delivery next.
//
// KEYS[1]  state of the endpoint   KEYS[2]  its leases   KEYS[3]  deliveries that wait for it
// ARGV[1]  delivery id   ARGV[2]  now   ARGV[3]  end of the lease   ARGV[4]  cap   ARGV[5]  attempts per second, 0 for any
// Returns  {"go"}; {"wait", reason, how many wait already, until when the endpoint is shut} for one that is to be told when it
//          may come; or {"at", time} for one that has its time
const ENTER_ENDPOINT = createScript(`${ENDPOINT_STANDING}
local id, now = ARGV[1], tonumber(ARGV[2])
local rate = tonumber(ARGV[5])
local shut_until, limit, open_until = standing(tonumber(ARGV[4]))
local function refuse(reason)
  return {"wait", reason, redis.call("ZCARD", KEYS[3]), shut_until}
end
if shut_until > now then
  redis.call("ZREM", KEYS[2], id)
  return refuse((open_until or 0) > now and "breaker" or "paused")
end
local free = free_places(now, limit)
if free <= 0 and not redis.call("ZSCORE", KEYS[2], id) then
  return refuse(open_until and "breaker" or "in_flight")
end

if rate > 0 then
  local interval = 1000 / rate
  local bucket = redis.call("HMGET", KEYS[1], "next_at", "slot:" .. id)
  local slot = tonumber(bucket[2])
  if slot == nil then
    local next_at = math.max(tonumber(bucket[1]) or 0, now)
    redis.call("HSET", KEYS[1], "next_at", string.format("%.3f", next_at + interval))
    -- As many as fit into one second may go together.
    local due = math.ceil(next_at + interval - 1000)
    remember(now, due)
    if due > now then
      redis.call("ZREM", KEYS[2], id)
      redis.call("HSET", KEYS[1], "slot:" .. id, due)
      return {"at", due}
    end
  elseif slot > now then
    redis.call("ZREM", KEYS[2], id)
    return {"at", slot}
  else
    redis.call("HDEL", KEYS[1], "slot:" .. id)
  end
end
redis.call("ZREM", KEYS[3], id)
lease(id, tonumber(ARGV[3]), now)
return {"go"}
`);

export type WaitReason = "breaker" | "paused" | "in_flight";

export type Entry =
  | { readonly kind: "go" }
  /** `ahead`: how many wait already. `shutUntil`: nobody may go before; in the past when it is only full. */
  | {
      readonly kind: "wait";
      readonly reason: WaitReason;
      readonly ahead: number;
      readonly shutUntil: number;
    }
  | { readonly kind: "at"; readonly time: number };

export async function enterEndpoint(
  redis: Redis,
  keys: Keys,
  { turn, limits, now }: { turn: Turn; limits: EndpointLimits; now: number },
): Promise<Entry> {
  const [kind, detail, ahead, shutUntil] = (await runScript(redis, ENTER_ENDPOINT, {
    keys: endpointKeys(keys, turn),
    args: [
      turn.deliveryId,
      String(now),
      String(now + limits.leaseMs),
      String(limits.maxInFlight),
      String(limits.maxPerSecond),
    ],
  })) as [Entry["kind"], string | number | undefined, number | undefined, number | undefined];
  switch (kind) {
    case "go":
      return { kind };
    case "wait":
      return { kind, reason: detail as WaitReason, ahead: Number(ahead), shutUntil: Number(shutUntil) };
    case "at":
      return { kind, time: Number(detail) };
  }
}
