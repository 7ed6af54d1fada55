import type { Redis } from "ioredis";
import { recoveryMemberOf, type Keys, type RecoveryRef } from "@herald/platform/redis/keys";
import { createScript, runScript } from "@herald/platform/redis/script";

// The one that comes to its end and the one who cancels it race: the first to say so is right.
//
// KEYS[1]  the recovery's hash   KEYS[2]  the tenant's running recovery   KEYS[3]  all running recoveries
// ARGV[1]  new status   ARGV[2]  now in ms   ARGV[3]  member of the running ones   ARGV[4]  how long it can be asked about, ms
// Returns  1 when ended, 0 when it did not run any more
const END_RECOVERY = createScript(`
redis.call("ZREM", KEYS[3], ARGV[3])
if redis.call("HGET", KEYS[1], "status") ~= "running" then
  return 0
end
redis.call("HSET", KEYS[1], "status", ARGV[1], "finished_at", ARGV[2])
redis.call("PEXPIRE", KEYS[1], ARGV[4])
redis.call("DEL", KEYS[2])
return 1
`);

const KEPT_MS = 7 * 24 * 3_600_000;

export interface RecoveryEnd {
  readonly ref: RecoveryRef;
  readonly status: "finished" | "cancelled";
  readonly now: Date;
}

export async function endRecovery(
  redis: Redis,
  keys: Keys,
  { ref, status, now }: RecoveryEnd,
): Promise<"applied" | "stale"> {
  const { tenant, recoveryId } = ref;
  const reply = await runScript(redis, END_RECOVERY, {
    keys: [keys.recovery(tenant, recoveryId), keys.runningRecovery(tenant), keys.runningRecoveries],
    args: [status, String(now.getTime()), recoveryMemberOf(ref), String(KEPT_MS)],
  });
  return reply === 1 ? "applied" : "stale";
}
