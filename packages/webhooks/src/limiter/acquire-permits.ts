import type { Redis } from "ioredis";
import { isEndpointId } from "@herald/shared/webhooks/webhook-ids";
import { fromPairs } from "@herald/platform/redis/from-pairs";
import type { Keys } from "@herald/platform/redis/keys";
import { ENDPOINT_STATE, endpointKeys, type EndpointLimits, type PermitRef } from "./endpoint-state.ts";
import { createScript, runScript } from "@herald/platform/redis/script";

// Many workers ask at once, so the question and the place that it takes are one step. Asking again takes no second place:
// a worker that is lost leaves its lease to whoever has the delivery next. Whoever may go needs to know what to send and
// where to, and is told in the same answer. Whoever may not waits from now on, where those who leave find it: its worker may
// be lost before it comes to say so. A worker asks for several permits in one call, one after the other.
//
// KEYS     of each permit: state of the endpoint, deliveries that wait for it, delivery hash, and endpoint hash if the endpoint
//          is a resource
// ARGV[1]  now   ARGV[2]  end of the lease   ARGV[3]  cap   ARGV[4]  attempts per second, 0 for any
// ARGV[5]  names of the delivery's fields that are asked for, separated by spaces
// ARGV[6…] of each permit: delivery id, and "1" if the endpoint is a resource
// Returns  for each permit {"go", the values of the delivery's fields, the endpoint's fields and values}; {"wait",
//          reason, how many wait already, until when the endpoint is shut} for one that is to be told when it may come;
//          or {"at", time} for one that has its time
const ACQUIRE_PERMITS = createScript(`${ENDPOINT_STATE}
local now, ends, cap, rate = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local fields = {}
for field in string.gmatch(ARGV[5], "%S+") do fields[#fields + 1] = field end

local function refuse(state, reason, shutUntil)
  local ahead = redis.call("ZCARD", waitingKey)
  redis.call("ZADD", waitingKey, "NX", now, state.id)
  redis.call("PEXPIRE", waitingKey, WAITING_KEPT_MS)
  if not state.anyWaiting then redis.call("HSET", stateKey, "waiting", 1) end
  return {"wait", reason, ahead, shutUntil}
end

local function enter(id, delivery, endpoint)
  local state, keptNextAt, keptSlot = look(id, now, cap, "next_at", "slot:" .. id)
  local nextAt, slot = tonumber(keptNextAt), tonumber(keptSlot)
  local shutUntil, limit = standing(state)
  if shutUntil > now then
    release(state)
    return refuse(state, (state.openUntil or 0) > now and "breaker" or "paused", shutUntil)
  end
  if freePlaces(state, limit) <= 0 and not state.hasPlace then
    return refuse(state, state.openUntil and "breaker" or "in_flight", shutUntil)
  end

  if rate > 0 and not slot then
    local interval = 1000 / rate
    nextAt = math.max(nextAt or 0, now) + interval
    -- As many as fit into one second may go together.
    local due = math.ceil(nextAt - 1000)
    if due > now then
      release(state)
      redis.call("HSET", stateKey, "next_at", string.format("%.3f", nextAt), "slot:" .. id, due)
      remember(state, due)
      return {"at", due}
    end
  elseif slot and slot > now then
    release(state)
    return {"at", slot}
  elseif slot then
    redis.call("HDEL", stateKey, "slot:" .. id)
  end
  if state.anyWaiting or state.isNew then redis.call("ZREM", waitingKey, id) end
  if rate > 0 then
    lease(state, id, ends, state.hasPlace, "next_at", string.format("%.3f", nextAt))
  else
    lease(state, id, ends, state.hasPlace)
  end
  if state.isNew then remember(state, 0) end
  return {"go", redis.call("HMGET", delivery, unpack(fields)), endpoint and redis.call("HGETALL", endpoint) or {}}
end

local replies, k = {}, 1
for a = 6, #ARGV, 2 do
  local isResource = ARGV[a + 1] == "1"
  atEndpoint(k)
  replies[#replies + 1] = enter(ARGV[a], KEYS[k + 2], isResource and KEYS[k + 3])
  k = k + (isResource and 4 or 3)
end
return replies
`);

export type WaitReason = "breaker" | "paused" | "in_flight";

export type PermitReply = MayGo | NotYet;

/** With the two records as they are now; without values, or fields, where there is none. */
export interface MayGo {
  readonly kind: "go";
  readonly delivery: readonly (string | null)[];
  readonly endpoint: Readonly<Record<string, string>>;
}

export type NotYet =
  /** `ahead`: how many wait already. `shutUntil`: nobody may go before; in the past when it is only full. */
  | {
      readonly kind: "wait";
      readonly reason: WaitReason;
      readonly ahead: number;
      readonly shutUntil: number;
    }
  | { readonly kind: "at"; readonly time: number };

export interface PermitQuestion {
  readonly permits: readonly PermitRef[];
  readonly limits: EndpointLimits;
  readonly now: number;
  /** Of the deliveries, those that are to be told. */
  readonly fields: readonly string[];
}

/** Answers each permit in its place. */
export async function acquirePermits(
  redis: Redis,
  keys: Keys,
  { permits, limits, now, fields }: PermitQuestion,
): Promise<readonly PermitReply[]> {
  const replies = await runScript(redis, ACQUIRE_PERMITS, {
    keys: permits.flatMap((permit) => keysOf(keys, permit)),
    args: [
      String(now),
      String(now + limits.leaseMs),
      String(limits.maxInFlight),
      String(limits.maxPerSecond),
      fields.join(" "),
      ...permits.flatMap(({ deliveryId, endpointId }) => [deliveryId, isEndpointId(endpointId) ? "1" : ""]),
    ],
  });
  return (replies as LuaReply[]).map(answerOf);
}

function keysOf(keys: Keys, permit: PermitRef): string[] {
  const { tenant, deliveryId, endpointId } = permit;
  const known = [...endpointKeys(keys, permit), keys.delivery(tenant, deliveryId)];
  return isEndpointId(endpointId) ? [...known, keys.endpoint(tenant, endpointId)] : known;
}

function answerOf(reply: LuaReply): PermitReply {
  switch (reply[0]) {
    case "go":
      return { kind: "go", delivery: reply[1], endpoint: fromPairs(reply[2]) };
    case "wait":
      return { kind: "wait", reason: reply[1], ahead: reply[2], shutUntil: reply[3] };
    case "at":
      return { kind: "at", time: reply[1] };
  }
}

type LuaReply =
  | readonly ["go", delivery: readonly (string | null)[], endpoint: readonly string[]]
  | readonly ["wait", reason: WaitReason, ahead: number, shutUntil: number]
  | readonly ["at", time: number];
