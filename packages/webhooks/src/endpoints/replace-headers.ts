import type { Redis } from "ioredis";
import type { EndpointRef, Keys } from "@herald/platform/redis/keys";
import { COUNT_SEALED_HEADERS } from "./count-sealed-headers.ts";
import { createScript, runScript } from "@herald/platform/redis/script";

// Compare-and-set: headers that their tenant has changed since they were read must not come back.
//
// KEYS[1]  endpoint hash   KEYS[2]  hash of encryption key id to number of secrets
// ARGV[1]  the sealed headers as they were read   ARGV[2]  the new ones
// Returns  1 when replaced, 0 when they were others by then
const REPLACE_HEADERS = createScript(`${COUNT_SEALED_HEADERS}
if redis.call("HGET", KEYS[1], "headers") ~= ARGV[1] then
  return 0
end
redis.call("HSET", KEYS[1], "headers", ARGV[2])
countSealed(KEYS[2], ARGV[1], -1)
countSealed(KEYS[2], ARGV[2], 1)
return 1
`);

export async function replaceHeaders(
  redis: Redis,
  keys: Keys,
  { tenant, endpointId, before, after }: EndpointRef & { readonly before: string; readonly after: string },
): Promise<"replaced" | "stale"> {
  const reply = await runScript(redis, REPLACE_HEADERS, {
    keys: [keys.endpoint(tenant, endpointId), keys.sealedSecrets],
    args: [before, after],
  });
  return reply === 1 ? "replaced" : "stale";
}
