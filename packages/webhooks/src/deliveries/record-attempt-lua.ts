import { deliveryMemberOf, type Keys } from "@herald/platform/redis/keys";
import { deliveryListKeys, FIRST_ATTEMPT_BYTES, RELIST_DELIVERY } from "./delivery-lists.ts";

/** The newest are kept; schedules of days have far fewer. */
const ATTEMPTS_KEPT = 100;

/** How many `recordArguments` gives. */
export const RECORD_ARGUMENTS = 8;

/**
 * Lua, for the scripts that record attempts. An attempt's line in the delivery's history, what it means for the delivery, and
 * what the job says about its webhook must agree. A delivery that is already settled stays so: the attempt of a worker that
 * was cut off comes too late. One that was parked can be settled, and has no next attempt. Sent twice, because a connection
 * broke before the answer, it records one attempt. `recordAttempt(k, a, now, n)` takes n `recordKeys` from KEYS[k] on,
 *   delivery hash, open deliveries, the endpoint's pending deliveries, its parked ones, the four lists of deliveries, and the
 *   job hash, if the job tells of it
 * and `recordArguments` from ARGV[a] on,
 *   the delivery's new status, the attempt as JSON or "" for none, webhook progress of the job as JSON, member of open
 *   deliveries, delivery id, how many attempts were in the history when this one began, when the next attempt is due in
 *   ms or "" for none, and why it was given up or "" when it was not.
 * It answers "applied" when the attempt is recorded, "again" when it was before, "stale" when the delivery was settled
 * already, or waits parked.
 */
export const RECORD_ATTEMPT = `${RELIST_DELIVERY}
local ATTEMPTS_KEPT = ${ATTEMPTS_KEPT}

local function append(list, ...)
  for i = 1, select("#", ...) do list[#list + 1] = (select(i, ...)) end
end

local function sizeInHistory(number, line)
  return number == 1 and math.max(0, #line - ${FIRST_ATTEMPT_BYTES}) or #line
end

-- Answers how many bytes less the history takes.
local function dropAttempt(hash, number)
  local line = number > 0 and redis.call("HGET", hash, "attempt:" .. number)
  if not line then return 0 end
  redis.call("HDEL", hash, "attempt:" .. number)
  return sizeInHistory(number, line)
end

local function recordAttempt(k, a, now, keys)
  local hash, job = KEYS[k], keys == 9 and KEYS[k + 8]
  local lists = listsFrom(k + 4, now)
  local to, line, progress, member, id, before, due, reason = unpack(ARGV, a, a + ${RECORD_ARGUMENTS} - 1)
  local known = redis.call("HMGET", hash, "status", "attempts_made", "created_at", "bytes", "attempt:" .. before + 1)
  local status, made, createdAt, bytesSoFar, last = unpack(known, 1, 5)
  if last and last == line then return "again" end
  if status ~= "pending" and not (status == "parked" and to ~= "pending") then return "stale" end
  made = tonumber(made or 0)
  local written, bytes = {"status", to}, 0
  -- Before the first attempt there is neither, and mostly it is the only one.
  if made > 0 or due ~= "" or reason ~= "" then append(written, "next_attempt_at", due, "reason", reason) end
  if line ~= "" then
    made = made + 1
    bytes = sizeInHistory(made, line) - dropAttempt(hash, made - ATTEMPTS_KEPT)
    append(written, "attempts_made", made, "attempt:" .. made, line)
  end
  if bytes ~= 0 then
    append(written, "bytes", (bytesSoFar or 0) + bytes)
    redis.call("INCRBY", lists.bytes, bytes)
  end
  redis.call("HSET", hash, unpack(written))
  if job and redis.call("EXISTS", job) == 1 then
    redis.call("HSET", job, "webhook", progress)
  end
  relistDelivery(lists, {member = createdAt .. ":" .. id, ref = member}, status, to)
  if to ~= "pending" then
    redis.call("ZREM", KEYS[k + 1], member)
    -- What a job tells of goes to its own URL, which has no such lists.
    if not job then
      redis.call("ZREM", KEYS[k + 2], id)
      redis.call("ZREM", KEYS[k + 3], id)
    end
  end
  return "applied"
end
`;

export interface DeliveryNames {
  readonly tenant: string;
  readonly deliveryId: string;
  readonly endpointId: string;
}

export interface AttemptRecord {
  readonly delivery: DeliveryNames;
  readonly status: "pending" | "delivered" | "failed";
  /** Null when the delivery is settled without one. */
  readonly attempt: string | null;
  /** How many were in the history when this one began: so one that is sent twice is known again. */
  readonly attemptsBefore: number;
  readonly nextAttemptAt: Date | null;
  /** Why the delivery is given up; null when it is not. */
  readonly reason: string | null;
  /** What a job is to say about its own webhook; null for the delivery to an endpoint. */
  readonly own: { readonly jobId: string; readonly progress: string } | null;
}

export function recordKeys(keys: Keys, { delivery, own }: AttemptRecord): readonly string[] {
  const { tenant, deliveryId, endpointId } = delivery;
  return [
    keys.delivery(tenant, deliveryId),
    keys.openDeliveries,
    keys.endpointPending(tenant, endpointId),
    keys.endpointParked(tenant, endpointId),
    ...deliveryListKeys(keys, tenant),
    ...(own === null ? [] : [keys.job(tenant, own.jobId)]),
  ];
}

export function recordArguments(record: AttemptRecord): readonly string[] {
  return [
    record.status,
    record.attempt ?? "",
    record.own?.progress ?? "",
    deliveryMemberOf(record.delivery),
    record.delivery.deliveryId,
    String(record.attemptsBefore),
    String(record.nextAttemptAt?.getTime() ?? ""),
    record.reason ?? "",
  ];
}

/** Of the attempts that are kept when so many were made, oldest first. */
export function attemptFields(made: number): readonly string[] {
  const first = Math.max(1, made - ATTEMPTS_KEPT + 1);
  return Array.from({ length: made - first + 1 }, (_, i) => `attempt:${first + i}`);
}

export type Recorded = "applied" | "stale";

/** Of what the Lua answers. */
export function recordedAs(reply: unknown): Recorded {
  return reply === "stale" ? "stale" : "applied";
}
