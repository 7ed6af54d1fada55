import type { Redis } from "ioredis";
import { isEndpointId } from "../../job/index.ts";
import type { Keys } from "../keys.ts";
import { createScript, runScript } from "../script.ts";
import { ENDPOINT_STANDING, endpointKeys, type EndpointLimits, type Turn } from "./endpoint-standing.ts";

// Many workers ask at once, so the question and the place that it takes are one step. Asking again takes no second place:
// a worker that is lost leaves its lease to whoever has the delivery next. Whoever may go needs to know what to send and
// where to, and is told in the same answer. Whoever may not waits from now on, where those who leave find it: its worker may
// be lost before it comes to say so.
//
// KEYS[1]  state of the endpoint   KEYS[2]  deliveries that wait for it   KEYS[3]  delivery hash
// KEYS[4]  endpoint hash, if the endpoint is a resource
// ARGV[1]  delivery id   ARGV[2]  now   ARGV[3]  end of the lease   ARGV[4]  cap   ARGV[5]  attempts per second, 0 for any
// ARGV[6…]  names of the delivery's fields that are asked for
// Returns  {"go", the values of the delivery's fields, the endpoint's fields and values}; {"wait", reason, how many wait already, until when the
//          endpoint is shut} for one that is to be told when it may come; or {"at", time} for one that has its time
const ENTER_ENDPOINT = createScript(`${ENDPOINT_STANDING}
local id, now, ends = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local rate = tonumber(ARGV[5])
local state = look(id, "next_at", "slot:" .. id)
local next_at, slot = tonumber(state[8]), tonumber(state[9])
local is_new = not (state[4] or next_at)
local shut_until, limit, open_until = standing(state, tonumber(ARGV[4]))
local function refuse(reason)
  local ahead = redis.call("ZCARD", KEYS[2])
  redis.call("ZADD", KEYS[2], "NX", now, id)
  redis.call("PEXPIRE", KEYS[2], WAITING_KEPT_MS)
  if not state[7] then redis.call("HSET", KEYS[1], "waiting", 1) end
  return {"wait", reason, ahead, shut_until}
end
if shut_until > now then
  release(state, id)
  return refuse((open_until or 0) > now and "breaker" or "paused")
end
if free_places(state, id, now, limit) <= 0 and not state[6] then
  return refuse(open_until and "breaker" or "in_flight")
end

if rate > 0 and not slot then
  local interval = 1000 / rate
  next_at = math.max(next_at or 0, now) + interval
  -- As many as fit into one second may go together.
  local due = math.ceil(next_at - 1000)
  if due > now then
    release(state, id)
    redis.call("HSET", KEYS[1], "next_at", string.format("%.3f", next_at), "slot:" .. id, due)
    remember(now, due)
    return {"at", due}
  end
elseif slot and slot > now then
  release(state, id)
  return {"at", slot}
elseif slot then
  redis.call("HDEL", KEYS[1], "slot:" .. id)
end
if state[7] or is_new then redis.call("ZREM", KEYS[2], id) end
lease(state, id, ends, state[6], "next_at", string.format("%.3f", next_at or 0))
if is_new then remember(now, 0) end
return {"go", redis.call("HMGET", KEYS[3], unpack(ARGV, 6)), KEYS[4] and redis.call("HGETALL", KEYS[4]) or {}}
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
  readonly turn: Turn;
  readonly limits: EndpointLimits;
  readonly now: number;
  /** Of the delivery, those that are to be told. */
  readonly fields: readonly string[];
}

export async function enterEndpoint(
  redis: Redis,
  keys: Keys,
  { turn, limits, now, fields }: EndpointQuestion,
): Promise<Entry> {
  const { tenant, deliveryId, endpointId } = turn;
  const reply = (await runScript(redis, ENTER_ENDPOINT, {
    keys: [
      ...endpointKeys(keys, turn),
      keys.delivery(tenant, deliveryId),
      ...(isEndpointId(endpointId) ? [keys.endpoint(tenant, endpointId)] : []),
    ],
    args: [
      deliveryId,
      String(now),
      String(now + limits.leaseMs),
      String(limits.maxInFlight),
      String(limits.maxPerSecond),
      ...fields,
    ],
  })) as EntryReply;
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
