import type { Redis } from "ioredis";
import { queueNames } from "@herald/queue/queues/entries";
import { fromPairs } from "@herald/platform/redis/from-pairs";
import { attemptMemberOf, type JobRef, type Keys } from "@herald/platform/redis/keys";
import { createScript, runScript } from "@herald/platform/redis/script";

// Starts an attempt, for the worker that holds the queue entry. One that was frozen since it took the entry may have lost it
// to another, whose attempt it would make void without being able to end the entry itself. Claiming a job that is already
// processing is allowed: the queue gives it out again only when the former attempt's worker was lost, and the new fence
// makes whatever that one still does void. The former fence is answered, because audio under its name may have been left
// behind. Sent twice, it counts one attempt. The attempt is listed before it can store anything, so that whatever becomes
// of it and its successors, its audio is found.
//
// KEYS[1]  job hash   KEYS[2]  text   KEYS[3]  tenant's pending jobs   KEYS[4]  tenant's processing jobs
// KEYS[5]  attempts that may have stored audio   KEYS[6]  BullMQ's lock of the entry
// ARGV[1]  job id   ARGV[2]  fence   ARGV[3]  now in ms   ARGV[4]  the attempt's member of KEYS[5]
// ARGV[5]  the token by which the worker holds the entry
// Returns  {status, former fence, text or false, job hash as a flat list}; {} when there is no such job; {"not_held"} when the
//          worker does not hold the entry any more. A status other than pending and processing means that nothing was claimed.
const CLAIM_JOB = createScript(`
local status = redis.call("HGET", KEYS[1], "status")
if not status then
  return {}
end
local former = redis.call("HGET", KEYS[1], "fence") or ""
if status == "pending" or status == "processing" then
  if redis.call("GET", KEYS[6]) ~= ARGV[5] then
    return {"not_held"}
  end
  redis.call("HSET", KEYS[1], "status", "processing", "fence", ARGV[2])
  redis.call("HSETNX", KEYS[1], "started_at", ARGV[3])
  if former ~= ARGV[2] then
    redis.call("HINCRBY", KEYS[1], "attempts", 1)
  end
  redis.call("ZREM", KEYS[3], ARGV[1])
  redis.call("ZADD", KEYS[4], 0, ARGV[1])
  redis.call("ZADD", KEYS[5], ARGV[3], ARGV[4])
end
return {status, former, redis.call("GET", KEYS[2]), redis.call("HGETALL", KEYS[1])}
`);

export interface ClaimReply {
  readonly formerFence: string | null;
  readonly text: string | null;
  readonly record: Record<string, string>;
}

export interface ClaimRequest {
  readonly ref: JobRef;
  readonly fence: string;
  /** By which the worker holds the job's queue entry. */
  readonly token: string;
  readonly now: Date;
}

export async function claimJob(
  redis: Redis,
  keys: Keys,
  { ref: { tenant, jobId }, fence, token, now }: ClaimRequest,
): Promise<ClaimReply | "not_held" | null> {
  const reply = (await runScript(redis, CLAIM_JOB, {
    keys: [
      keys.job(tenant, jobId),
      keys.text(tenant, jobId),
      keys.jobsWithStatus(tenant, "pending"),
      keys.jobsWithStatus(tenant, "processing"),
      keys.attempts,
      keys.entryLock(queueNames.synthesis, jobId),
    ],
    args: [jobId, fence, String(now.getTime()), attemptMemberOf({ tenant, jobId, fence }), token],
  })) as [] | ["not_held"] | [string, string, string | null, string[]];
  if (reply.length === 0) {
    return null;
  }
  if (reply.length === 1) {
    return "not_held";
  }
  const [, former, text, flat] = reply;
  return { formerFence: former === "" ? null : former, text, record: fromPairs(flat) };
}
