import type { Redis } from "ioredis";
import { queueNames } from "@herald/queue/queues/entries";
import { endpointMemberOf, type Keys } from "@herald/platform/redis/keys";
import { queueKey, queueOfKey } from "@herald/queue/queues/add-entry";
import { OBSERVATION } from "./observation.ts";
import { ENDPOINT_STATE, endpointKeys, type EndpointLimits, type PermitRef } from "./endpoint-state.ts";
import {
  RECORD_ARGUMENTS,
  RECORD_ATTEMPT,
  recordArguments,
  recordedAs,
  recordKeys,
  type AttemptRecord,
  type Recorded,
} from "../deliveries/record-attempt-lua.ts";
import { WAKE_ENTRY } from "@herald/queue/queues/wake-entry";
import { createScript, runScript } from "@herald/platform/redis/script";

// What an attempt says of its endpoint, and who may go in its place, must be decided together: two that leave at once would
// wake the same delivery, or both open the breaker. A delivery that is woken has its place kept, and is woken here, because
// a worker that was told whom to wake may not live to do it. The attempt is recorded in the same step, so that one which is
// sent twice, because a connection broke before the answer, counts once. A worker ends several permits in one call, one after the
// other.
//
// KEYS[1]  open breakers   KEYS[2]  the queue
// KEYS[3…] of each permit: state of the endpoint, deliveries that wait for it, and as many as are said, as RECORD_ATTEMPT
//          has them
// ARGV[1]  now   ARGV[2]  cap
// ARGV[3…] of each permit: delivery id, "delivered", "failed" or "neither", "" or for how long at least the receiver is
//          to be left alone, member of the open breakers, how many keys belong to the record, 0 if there was no attempt
//          to record, and otherwise as RECORD_ATTEMPT has them
// Returns  for each permit, what became of the record and the change of the breaker, "opened", "closed" or "", one after
//          the other
const RELEASE_PERMITS =
  createScript(`${queueOfKey(2)}${WAKE_ENTRY}${ENDPOINT_STATE}${RECORD_ATTEMPT}${OBSERVATION}
local WOKEN_AT_ONCE = 16
local breakers, now, cap = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2])

-- Whoever is not delayed yet is about to say that it waits, and sees to the time itself if nobody has.
local function haveOneCome(at)
  for _, id in ipairs(redis.call("ZRANGE", waitingKey, 0, WOKEN_AT_ONCE - 1)) do
    if wakeEntryAt(queue, id, at, now) then
      redis.call("ZREM", waitingKey, id)
      redis.call("HSET", stateKey, "alarm", at)
      return
    end
  end
end

local function wakeOthers(id)
  if redis.call("ZCARD", waitingKey) == 0 then
    forget("waiting")
    return
  end
  local state, alarm = look(id, now, cap, "alarm")
  local shutUntil, limit = standing(state)
  if shutUntil > now then
    if tonumber(alarm) ~= shutUntil then haveOneCome(shutUntil) end
    return
  end
  local free = math.min(freePlaces(state, limit), WOKEN_AT_ONCE)
  if free > 0 then
    local popped = redis.call("ZPOPMIN", waitingKey, free)
    for i = 1, #popped, 2 do
      lease(state, popped[i], now + RESERVED_MS, redis.call("HEXISTS", stateKey, "lease:" .. popped[i]) == 1)
      wakeEntry(queue, popped[i])
    end
  end
end

local replies, k, a = {}, 3, 3
while a <= #ARGV do
  local id, verdict, pauseMs, member, recordKeys = unpack(ARGV, a, a + 4)
  recordKeys = tonumber(recordKeys)
  local recorded = recordKeys > 0 and recordAttempt(k + 2, a + 5, ARGV[1], recordKeys) or ""
  local counts = recorded ~= "again"
  atEndpoint(k)
  local state = lookBack(id, now, cap)
  replies[#replies + 1] = recorded
  replies[#replies + 1] = leave(state, counts and verdict or "neither", counts and tonumber(pauseMs), breakers, member)
  if state.anyWaiting then wakeOthers(id) end
  k, a = k + 2 + recordKeys, a + 5 + (recordKeys > 0 and ${RECORD_ARGUMENTS} or 0)
end
return replies
`);

/** What an attempt says of the endpoint that it went to. */
export interface Observation {
  /** `neither`: it says nothing of the receiver. */
  readonly verdict: "delivered" | "failed" | "neither";
  /** The receiver asked to be left alone, for this long at least. Null: it did not. */
  readonly pauseMs: number | null;
}

export interface Released {
  /** Null: there was nothing to record. */
  readonly recorded: Recorded | null;
  readonly breaker: "opened" | "closed" | null;
}

export interface PermitRelease {
  readonly permit: PermitRef;
  readonly observation: Observation;
  /** Null: nothing was sent, or it does not count. */
  readonly record: AttemptRecord | null;
}

export interface PermitReleases {
  readonly releases: readonly PermitRelease[];
  readonly limits: EndpointLimits;
  readonly now: number;
}

/** Answers each in its place. */
export async function releasePermits(
  redis: Redis,
  keys: Keys,
  { releases, limits, now }: PermitReleases,
): Promise<readonly Released[]> {
  const [names, args]: [string[], string[]] = [[], []];
  for (const { permit, observation, record } of releases) {
    const ofRecord = record === null ? [] : recordKeys(keys, record);
    names.push(...endpointKeys(keys, permit), ...ofRecord);
    const { verdict, pauseMs } = observation;
    args.push(
      permit.deliveryId,
      verdict,
      String(pauseMs ?? ""),
      endpointMemberOf(permit),
      String(ofRecord.length),
    );
    if (record !== null) args.push(...recordArguments(record));
  }
  const replies = (await runScript(redis, RELEASE_PERMITS, {
    keys: [keys.openBreakers, queueKey(keys, queueNames.webhookDelivery), ...names],
    args: [String(now), String(limits.maxInFlight), ...args],
  })) as string[];
  return releases.map(({ record }, i) => {
    const [recorded, change] = replies.slice(2 * i);
    return {
      recorded: record === null ? null : recordedAs(recorded),
      breaker: change === "opened" || change === "closed" ? change : null,
    };
  });
}
