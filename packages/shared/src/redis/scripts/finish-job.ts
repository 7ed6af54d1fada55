import type { Redis } from "ioredis";
import type { Ending } from "../../job/index.ts";
import { memberOf, type Keys } from "../keys.ts";
import { createScript, runScript } from "../script.ts";

// The one way to a terminal status. The status, the delivery that it owes, the expiry dates and the note to listeners
// become true together or not at all, so a completed job without its webhook cannot exist. A connection that breaks
// before the answer sends the script again: the second time it finds its own fence at work and says "applied" once more.
//
// KEYS[1]  job hash   KEYS[2]  text   KEYS[3]  index of the expected status   KEYS[4]  index of the new status
// KEYS[5]  open jobs   KEYS[6]  record expiry   KEYS[7]  audio expiry   KEYS[8]  delivery hash   KEYS[9]  open deliveries
// KEYS[10] loose entries: nobody is there to take the queue entry of a job that ends while it is pending
// ARGV[1]  job id   ARGV[2]  member for the lists over all tenants   ARGV[3]  channel for the note
// ARGV[4]  expected status   ARGV[5]  expected fence, "" for any   ARGV[6]  new status   ARGV[7]  now in ms
// ARGV[8]  when the record expires, ms   ARGV[9]  when the audio expires, ms, "" without audio   ARGV[10]  "1" keeps the text
// ARGV[11] how many of the following arguments are the job's field, value pairs; the rest are the delivery's, if any
// Returns  1 when applied, now or before, 0 when the job was no longer as expected
const FINISH_JOB = createScript(`
local job = redis.call("HMGET", KEYS[1], "status", "fence")
if ARGV[5] ~= "" and job[2] == ARGV[5] and job[1] == ARGV[6] then
  return 1
end
if job[1] ~= ARGV[4] or (ARGV[5] ~= "" and job[2] ~= ARGV[5]) then
  return 0
end
local lastField = 11 + tonumber(ARGV[11])
redis.call("HSET", KEYS[1], "status", ARGV[6], unpack(ARGV, 12, lastField))
redis.call("ZREM", KEYS[3], ARGV[1])
redis.call("ZADD", KEYS[4], 0, ARGV[1])
redis.call("ZREM", KEYS[5], ARGV[2])
redis.call("ZADD", KEYS[6], ARGV[8], ARGV[2])
if ARGV[4] == "pending" then
  redis.call("ZADD", KEYS[10], ARGV[7], ARGV[2])
end
if ARGV[9] ~= "" then
  redis.call("ZADD", KEYS[7], ARGV[9], ARGV[2])
end
if ARGV[10] ~= "1" then
  redis.call("DEL", KEYS[2])
end
if #ARGV > lastField then
  redis.call("HSET", KEYS[8], unpack(ARGV, lastField + 1))
  redis.call("ZADD", KEYS[9], ARGV[7], ARGV[2])
end
redis.call("PUBLISH", ARGV[3], ARGV[6])
return 1
`);

export interface FinishJob {
  readonly ending: Ending;
  readonly eventId: string;
  /** Null when nobody asked to be told of this ending. */
  readonly delivery: Readonly<Record<string, string>> | null;
  readonly recordExpiresAt: Date;
  readonly audioExpiresAt: Date | null;
  readonly keepText: boolean;
}

export async function finishJob(redis: Redis, keys: Keys, finish: FinishJob): Promise<"applied" | "stale"> {
  const { tenant, jobId, from, to, fence, at } = finish.ending;
  const fields = Object.entries(finish.ending.fields).flat();
  const reply = await runScript(redis, FINISH_JOB, {
    keys: [
      keys.job(tenant, jobId),
      keys.text(tenant, jobId),
      keys.jobsWithStatus(tenant, from),
      keys.jobsWithStatus(tenant, to),
      keys.openJobs,
      keys.recordExpiry,
      keys.audioExpiry,
      keys.delivery(tenant, finish.eventId),
      keys.openDeliveries,
      keys.looseEntries,
    ],
    args: [
      jobId,
      memberOf({ tenant, jobId }),
      keys.jobNotes(tenant, jobId),
      from,
      fence ?? "",
      to,
      String(at.getTime()),
      String(finish.recordExpiresAt.getTime()),
      String(finish.audioExpiresAt?.getTime() ?? ""),
      finish.keepText ? "1" : "",
      String(fields.length),
      ...fields,
      ...Object.entries(finish.delivery ?? {}).flat(),
    ],
  });
  return reply === 1 ? "applied" : "stale";
}
