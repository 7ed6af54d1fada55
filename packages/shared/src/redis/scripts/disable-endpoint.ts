import type { Redis } from "ioredis";
import type { EndpointRef, Keys } from "../keys.ts";
import { createScript, runScript } from "../script.ts";

// An attempt takes time, in which the tenant may have pointed the endpoint elsewhere, or disabled it itself. What the old
// receiver answered must not count against the new one, and the tenant's own reason stays.
//
// KEYS[1]  endpoint hash
// ARGV[1]  URL that answered   ARGV[2]  why it is disabled
// Returns  1 when disabled, 0 when there was nothing to disable
const DISABLE_ENDPOINT = createScript(`
local url, enabled = unpack(redis.call("HMGET", KEYS[1], "url", "enabled"))
if url ~= ARGV[1] or enabled ~= "1" then
  return 0
end
redis.call("HSET", KEYS[1], "enabled", "0", "disabled_reason", ARGV[2])
return 1
`);

export async function disableEndpoint(
  redis: Redis,
  keys: Keys,
  { tenant, endpointId, url, reason }: EndpointRef & { readonly url: string; readonly reason: string },
): Promise<"disabled" | "stale"> {
  const reply = await runScript(redis, DISABLE_ENDPOINT, {
    keys: [keys.endpoint(tenant, endpointId)],
    args: [url, reason],
  });
  return reply === 1 ? "disabled" : "stale";
}
