import type { Redis } from "ioredis";
import type { EndpointRef, Keys } from "../keys.ts";
import { createScript, runScript } from "../script.ts";
import { COUNT_SEALED_HEADERS } from "./count-sealed-headers.ts";

// Checked here, or a change that meets a deletion would leave half an endpoint behind.
//
// KEYS[1]  endpoint hash   KEYS[2]  hash of encryption key id to number of secrets
// ARGV     field, value pairs
// Returns  1 when written, 0 when there is no such endpoint
const UPDATE_ENDPOINT = createScript(`${COUNT_SEALED_HEADERS}
if redis.call("EXISTS", KEYS[1]) == 0 then
  return 0
end
local before = redis.call("HGET", KEYS[1], "headers")
redis.call("HSET", KEYS[1], unpack(ARGV))
local after = redis.call("HGET", KEYS[1], "headers")
if before ~= after then
  countSealed(KEYS[2], before, -1)
  countSealed(KEYS[2], after, 1)
end
return 1
`);

export async function updateEndpoint(
  redis: Redis,
  keys: Keys,
  { tenant, endpointId, fields }: EndpointRef & { readonly fields: Readonly<Record<string, string>> },
): Promise<"updated" | "missing"> {
  const reply = await runScript(redis, UPDATE_ENDPOINT, {
    keys: [keys.endpoint(tenant, endpointId), keys.sealedSecrets],
    args: Object.entries(fields).flat(),
  });
  return reply === 1 ? "updated" : "missing";
}
