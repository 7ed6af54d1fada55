import type { Redis } from "ioredis";
import type { EndpointRef, Keys } from "@herald/platform/redis/keys";
import { createScript, runScript } from "@herald/platform/redis/script";

// An attempt takes time, in which the tenant may have pointed the endpoint elsewhere, or disabled it. What the old receiver
// answered must not count against the new one.
//
// KEYS[1]  endpoint hash
// ARGV[1]  URL that failed   ARGV[2]  when, ms
// Returns  {failing since, failed attempts, 1 when it was warned of}, nil when this says nothing of the endpoint as it is
const COUNT_FAILURE = createScript(`
local url, enabled = unpack(redis.call("HMGET", KEYS[1], "url", "enabled"))
if url ~= ARGV[1] or enabled ~= "1" then
  return nil
end
redis.call("HSETNX", KEYS[1], "failing_since", ARGV[2])
local attempts = redis.call("HINCRBY", KEYS[1], "failed_attempts", 1)
local streak = redis.call("HMGET", KEYS[1], "failing_since", "warned")
return {tonumber(streak[1]), attempts, streak[2] and 1 or 0}
`);

/** Failures of an endpoint without a success between. */
export interface FailingStreak {
  readonly since: Date;
  readonly attempts: number;
  /** Whether the tenant's other endpoints were told. */
  readonly warned: boolean;
}

export async function countFailure(
  redis: Redis,
  keys: Keys,
  { tenant, endpointId, url, at }: EndpointRef & { readonly url: string; readonly at: Date },
): Promise<FailingStreak | "stale"> {
  const reply = await runScript(redis, COUNT_FAILURE, {
    keys: [keys.endpoint(tenant, endpointId)],
    args: [url, String(at.getTime())],
  });
  if (reply === null) {
    return "stale";
  }
  const [since, attempts, warned] = reply as [number, number, number];
  return { since: new Date(since), attempts, warned: warned === 1 };
}
