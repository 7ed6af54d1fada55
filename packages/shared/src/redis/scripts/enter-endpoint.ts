import type { Redis } from "ioredis";
import { isEndpointId } from "../../job/index.ts";
import type { Keys } from "../keys.ts";
import { ENDPOINT_STANDING, endpointKeys, type EndpointLimits, type Turn } from "../lua/endpoint-standing.ts";
import { createScript, runScript } from "../script.ts";

// Many workers ask at once, so the question and the place that it takes are one step. Asking again takes no second place:
// a worker that is lost leaves its lease to whoever has the delivery next. Whoever may go needs to know what to send and
// where to, and is told in the same answer. Whoever may not waits from now on, where those who leave find it: its worker may
// be lost before it comes to say so. A worker asks for several turns in one call, one after the other.
//
// KEYS     of each turn: state of the endpoint, deliveries that wait for it, delivery hash, and endpoint hash if the endpoint
//          is a resource
// ARGV[1]  now   ARGV[2]  end of the lease   ARGV[3]  cap   ARGV[4]  attempts per second, 0 for any
// ARGV[5]  names of the delivery's fields that are asked for, separated by spaces
// ARGV[6…] of each turn: delivery id, and "1" if the endpoint is a resource
// Returns  for each turn {"go", the values of the delivery's fields, the endpoint's fields and values}; {"wait", reason, how many
//          wait already, until when the endpoint is shut} for one that is to be told when it may come; or {"at", time} for one
//          that has its time
const ENTER_ENDPOINTS = createScript(`${ENDPOINT_STANDING}
local now, ends, cap, rate = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local fields = {}
for field in string.gmatch(ARGV[5], "%S+") do fields[#fields + 1] = field end

local function refuse(state, id, reason, shut_until)
  local ahead = redis.call("ZCARD", waiting_key)
  redis.call("ZADD", waiting_key, "NX", now, id)
  redis.call("PEXPIRE", waiting_key, WAITING_KEPT_MS)
  if not state[7] then redis.call("HSET", state_key, "waiting", 1) end
  return {"wait", reason, ahead, shut_until}
end

local function enter(id, delivery, endpoint)
  local state = look(id, "next_at", "slot:" .. id)
  local next_at, slot = tonumber(state[8]), tonumber(state[9])
  local is_new = not state[4]
  local shut_until, limit, open_until = standing(state, cap)
  if shut_until > now then
    release(state, id)
    return refuse(state, id, (open_until or 0) > now and "breaker" or "paused", shut_until)
  end
  if free_places(state, id, now, limit) <= 0 and not state[6] then
    return refuse(state, id, open_until and "breaker" or "in_flight", shut_until)
  end

  if rate > 0 and not slot then
    local interval = 1000 / rate
    next_at = math.max(next_at or 0, now) + interval
    -- As many as fit into one second may go together.
    local due = math.ceil(next_at - 1000)
    if due > now then
      release(state, id)
      redis.call("HSET", state_key, "next_at", string.format("%.3f", next_at), "slot:" .. id, due)
      remember(now, due)
      return {"at", due}
    end
  elseif slot and slot > now then
    release(state, id)
    return {"at", slot}
  elseif slot then
    redis.call("HDEL", state_key, "slot:" .. id)
  end
  if state[7] or is_new then redis.call("ZREM", waiting_key, id) end
  if rate > 0 then
    lease(state, id, ends, state[6], "next_at", string.format("%.3f", next_at))
  else
    lease(state, id, ends, state[6])
  end
  if is_new then remember(now, 0) end
  return {"go", redis.call("HMGET", delivery, unpack(fields)), endpoint and redis.call("HGETALL", endpoint) or {}}
end

local replies, k = {}, 1
for a = 6, #ARGV, 2 do
  local is_resource = ARGV[a + 1] == "1"
  at_endpoint(k)
  replies[#replies + 1] = enter(ARGV[a], KEYS[k + 2], is_resource and KEYS[k + 3])
  k = k + (is_resource and 4 or 3)
end
return replies
`);

export type WaitReason = "breaker" | "paused" | "in_flight";

export type Entry = Admission | Refusal;

/** With the two records as they are now; without values, or fields, where there is none. */
export interface Admission {
  readonly kind: "go";
  readonly delivery: readonly (string | null)[];
  readonly endpoint: Readonly<Record<string, string>>;
}

export type Refusal =
  /** `ahead`: how many wait already. `shutUntil`: nobody may go before; in the past when it is only full. */
  | {
      readonly kind: "wait";
      readonly reason: WaitReason;
      readonly ahead: number;
      readonly shutUntil: number;
    }
  | { readonly kind: "at"; readonly time: number };

export interface EndpointQuestion {
  readonly turns: readonly Turn[];
  readonly limits: EndpointLimits;
  readonly now: number;
  /** Of the deliveries, those that are to be told. */
  readonly fields: readonly string[];
}

/** Answers each turn in its place. */
export async function enterEndpoints(
  redis: Redis,
  keys: Keys,
  { turns, limits, now, fields }: EndpointQuestion,
): Promise<readonly Entry[]> {
  const replies = await runScript(redis, ENTER_ENDPOINTS, {
    keys: turns.flatMap((turn) => keysOf(keys, turn)),
    args: [
      String(now),
      String(now + limits.leaseMs),
      String(limits.maxInFlight),
      String(limits.maxPerSecond),
      fields.join(" "),
      ...turns.flatMap(({ deliveryId, endpointId }) => [deliveryId, isEndpointId(endpointId) ? "1" : ""]),
    ],
  });
  return (replies as EntryReply[]).map(entryOf);
}

function keysOf(keys: Keys, turn: Turn): string[] {
  const { tenant, deliveryId, endpointId } = turn;
  const known = [...endpointKeys(keys, turn), keys.delivery(tenant, deliveryId)];
  return isEndpointId(endpointId) ? [...known, keys.endpoint(tenant, endpointId)] : known;
}

function entryOf(reply: EntryReply): Entry {
  switch (reply[0]) {
    case "go":
      return { kind: "go", delivery: reply[1], endpoint: fromPairs(reply[2]) };
    case "wait":
      return { kind: "wait", reason: reply[1], ahead: reply[2], shutUntil: reply[3] };
    case "at":
      return { kind: "at", time: reply[1] };
  }
}

type EntryReply =
  | readonly ["go", delivery: readonly (string | null)[], endpoint: readonly string[]]
  | readonly ["wait", reason: WaitReason, ahead: number, shutUntil: number]
  | readonly ["at", time: number];

/** What Lua makes of HGETALL's answer: field, value, and so on. */
function fromPairs(flat: readonly string[]): Record<string, string> {
  const record: Record<string, string> = {};
  for (let i = 0; i < flat.length; i += 2) record[flat[i] ?? ""] = flat[i + 1] ?? "";
  return record;
}
