import type { ChainableCommander } from "ioredis";
import type { NewJob } from "../../job/index.ts";
import { newJobRecord } from "../../job/index.ts";
import { memberOf, type Keys } from "../keys.ts";

// One of the two halves of a creation; BullMQ's entry is the other, in the same MULTI. A creation may be repeated (a
// client retries, an idempotency key is taken over from a process that died), and must not reset a job that already ran.
//
// KEYS[1]  job hash   KEYS[2]  text   KEYS[3]  tenant's jobs   KEYS[4]  tenant's pending jobs   KEYS[5]  open jobs
// ARGV[1]  job id   ARGV[2]  member for open jobs   ARGV[3]  creation time in ms   ARGV[4]  text   ARGV[5…]  field, value pairs
// Returns  1 when the job was inserted, 0 when it was there
const INSERT_JOB = `
if redis.call("EXISTS", KEYS[1]) == 1 then
  return 0
end
redis.call("HSET", KEYS[1], unpack(ARGV, 5))
redis.call("SET", KEYS[2], ARGV[4])
redis.call("ZADD", KEYS[3], 0, ARGV[1])
redis.call("ZADD", KEYS[4], 0, ARGV[1])
redis.call("ZADD", KEYS[5], ARGV[3], ARGV[2])
return 1
`;

export interface JobInsertion extends NewJob {
  readonly text: string;
}

/** Adds the insertion to a transaction, as text: inside MULTI a missing script could not be sent again. */
export function insertJob(transaction: ChainableCommander, keys: Keys, job: JobInsertion): void {
  const { id, tenant, createdAt, text } = job;
  const keyNames = [
    keys.job(tenant, id),
    keys.text(tenant, id),
    keys.jobs(tenant),
    keys.jobsWithStatus(tenant, "pending"),
    keys.openJobs,
  ];
  const args = [id, memberOf({ tenant, jobId: id }), String(createdAt.getTime()), text];
  transaction.eval(
    INSERT_JOB,
    keyNames.length,
    ...keyNames,
    ...args,
    ...Object.entries(newJobRecord(job)).flat(),
  );
}
