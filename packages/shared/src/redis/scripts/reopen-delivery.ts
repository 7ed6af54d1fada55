import type { Redis } from "ioredis";
import { memberOf, type JobRef, type Keys } from "../keys.ts";
import { createScript, runScript } from "../script.ts";

// The one way back from `failed`: somebody decided to try a delivery again. The delivery, what its job says about it and
// the housekeeper's list change together, so that a process which dies before the queue entry waits again leaves a
// delivery that is owed and listed, and is found. The attempts made so far stay in the history; how many they are is
// noted, because a new round of attempts begins.
//
// KEYS[1]  delivery hash   KEYS[2]  list of attempts   KEYS[3]  job hash   KEYS[4]  open deliveries
// ARGV[1]  webhook progress of the job as JSON   ARGV[2]  member of open deliveries   ARGV[3]  now in ms
// Returns  1 when reopened, 0 when the delivery was not failed, or its job is gone
const REOPEN_DELIVERY = createScript(`
if redis.call("HGET", KEYS[1], "status") ~= "failed" or redis.call("EXISTS", KEYS[3]) == 0 then
  return 0
end
redis.call("HSET", KEYS[1], "status", "pending", "earlier_attempts", redis.call("LLEN", KEYS[2]))
redis.call("HSET", KEYS[3], "webhook", ARGV[1])
redis.call("ZADD", KEYS[4], ARGV[3], ARGV[2])
return 1
`);

export interface DeliveryReopening {
  readonly ref: JobRef;
  readonly eventId: string;
  readonly progress: string;
  readonly now: Date;
}

export async function reopenDelivery(
  redis: Redis,
  keys: Keys,
  { ref, eventId, progress, now }: DeliveryReopening,
): Promise<"applied" | "stale"> {
  const reply = await runScript(redis, REOPEN_DELIVERY, {
    keys: [
      keys.delivery(ref.tenant, eventId),
      keys.deliveryAttempts(ref.tenant, eventId),
      keys.job(ref.tenant, ref.jobId),
      keys.openDeliveries,
    ],
    args: [progress, memberOf(ref), String(now.getTime())],
  });
  return reply === 1 ? "applied" : "stale";
}
