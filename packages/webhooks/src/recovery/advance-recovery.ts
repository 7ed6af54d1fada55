import type { Redis } from "ioredis";
import type { Keys, RecoveryRef } from "@herald/platform/redis/keys";
import { createScript, runScript } from "@herald/platform/redis/script";

// After each delivery, so that whoever goes on after a crash does so behind it, and one that was cancelled is told. And after
// each page of the list, or one on which there was nothing to send again would be all that is ever looked at.
//
// KEYS[1]  the recovery's hash
// ARGV[1]  how far on the list it is   ARGV[2]  the count that the delivery there belongs to, a field; "" for a page's end
// Returns  1 when noted, 0 when the recovery does not run any more
const ADVANCE_RECOVERY = createScript(`
if redis.call("HGET", KEYS[1], "status") ~= "running" then
  return 0
end
redis.call("HSET", KEYS[1], "after", ARGV[1])
if ARGV[2] ~= "" then
  redis.call("HINCRBY", KEYS[1], ARGV[2], 1)
end
return 1
`);

export interface RecoveryStep {
  readonly ref: RecoveryRef;
  readonly after: string;
  /** Null: nothing was done there. */
  readonly count: "redelivered" | "skipped" | null;
}

export async function advanceRecovery(
  redis: Redis,
  keys: Keys,
  { ref, after, count }: RecoveryStep,
): Promise<"applied" | "stale"> {
  const reply = await runScript(redis, ADVANCE_RECOVERY, {
    keys: [keys.recovery(ref.tenant, ref.recoveryId)],
    args: [after, count ?? ""],
  });
  return reply === 1 ? "applied" : "stale";
}
