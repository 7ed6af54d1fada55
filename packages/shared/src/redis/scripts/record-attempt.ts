import type { Redis } from "ioredis";
import { memberOf, type Keys, type JobRef } from "../keys.ts";
import { createScript, runScript } from "../script.ts";

// An attempt's line in the delivery's history, what it means for the delivery, and what the job says about its webhook
// must agree. A delivery that is already settled stays so: the attempt of a worker that was cut off comes too late. Sent
// twice, because a connection broke before the answer, it records one attempt.
//
// KEYS[1]  delivery hash   KEYS[2]  list of attempts   KEYS[3]  job hash   KEYS[4]  open deliveries
// ARGV[1]  delivery's new status   ARGV[2]  attempt as JSON, "" for none   ARGV[3]  webhook progress of the job as JSON
// ARGV[4]  member of open deliveries   ARGV[5]  how many attempts are kept
// Returns  1 when recorded, now or before, 0 when the delivery was no longer pending
const RECORD_ATTEMPT = createScript(`
if redis.call("LINDEX", KEYS[2], -1) == ARGV[2] then
  return 1
end
if redis.call("HGET", KEYS[1], "status") ~= "pending" then
  return 0
end
redis.call("HSET", KEYS[1], "status", ARGV[1])
if ARGV[2] ~= "" then
  redis.call("RPUSH", KEYS[2], ARGV[2])
  redis.call("LTRIM", KEYS[2], -tonumber(ARGV[5]), -1)
end
if redis.call("EXISTS", KEYS[3]) == 1 then
  redis.call("HSET", KEYS[3], "webhook", ARGV[3])
end
if ARGV[1] ~= "pending" then
  redis.call("ZREM", KEYS[4], ARGV[4])
end
return 1
`);

/** The newest attempts are kept; schedules of days have far fewer. */
const ATTEMPTS_KEPT = 100;

export interface AttemptRecord {
  readonly ref: JobRef;
  readonly eventId: string;
  readonly status: "pending" | "delivered" | "failed";
  /** Null when the delivery is settled without one. */
  readonly attempt: string | null;
  readonly progress: string;
}

export async function recordAttempt(
  redis: Redis,
  keys: Keys,
  record: AttemptRecord,
): Promise<"applied" | "stale"> {
  const { ref, eventId } = record;
  const reply = await runScript(redis, RECORD_ATTEMPT, {
    keys: [
      keys.delivery(ref.tenant, eventId),
      keys.deliveryAttempts(ref.tenant, eventId),
      keys.job(ref.tenant, ref.jobId),
      keys.openDeliveries,
    ],
    args: [record.status, record.attempt ?? "", record.progress, memberOf(ref), String(ATTEMPTS_KEPT)],
  });
  return reply === 1 ? "applied" : "stale";
}
