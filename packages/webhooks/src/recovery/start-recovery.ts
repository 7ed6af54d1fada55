import type { Redis } from "ioredis";
import { recoveryMemberOf, type Keys, type RecoveryRef } from "@herald/platform/redis/keys";
import { createScript, runScript } from "@herald/platform/redis/script";

// A tenant has one running recovery, or two would share out the same deliveries, at twice the rate.
//
// KEYS[1]  the recovery's hash   KEYS[2]  the tenant's running recovery   KEYS[3]  all running recoveries
// ARGV[1]  recovery id   ARGV[2]  member of the running ones   ARGV[3]  now in ms   ARGV[4…]  field, value pairs
// Returns  1 when started, now or before, 0 while another one runs
const START_RECOVERY = createScript(`
local running = redis.call("GET", KEYS[2])
if running then
  return running == ARGV[1] and 1 or 0
end
redis.call("SET", KEYS[2], ARGV[1])
redis.call("HSET", KEYS[1], unpack(ARGV, 4))
redis.call("ZADD", KEYS[3], ARGV[3], ARGV[2])
return 1
`);

export interface RecoveryStart {
  readonly ref: RecoveryRef;
  readonly fields: Readonly<Record<string, string>>;
  readonly now: Date;
}

export async function startRecovery(
  redis: Redis,
  keys: Keys,
  { ref, fields, now }: RecoveryStart,
): Promise<"started" | "another_runs"> {
  const { tenant, recoveryId } = ref;
  const reply = await runScript(redis, START_RECOVERY, {
    keys: [keys.recovery(tenant, recoveryId), keys.runningRecovery(tenant), keys.runningRecoveries],
    args: [recoveryId, recoveryMemberOf(ref), String(now.getTime()), ...Object.entries(fields).flat()],
  });
  return reply === 1 ? "started" : "another_runs";
}
