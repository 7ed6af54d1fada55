import type { Redis } from "ioredis";
import { endpointMemberOf, type EndpointRef, type Keys } from "@herald/platform/redis/keys";
import { COUNT_SEALED_HEADERS } from "./count-sealed-headers.ts";
import { ENDPOINT_STATES, endpointStateKeys } from "./endpoint-states.ts";
import { UNPARKING } from "./unparking.ts";
import { createScript, runScript } from "@herald/platform/redis/script";

// Checked here, or a change that meets a deletion would leave half an endpoint behind. What is known of failures was of the
// receiver before, or led to the disabling that the tenant now ends.
//
// KEYS[1]  endpoint hash   KEYS[2]  hash of encryption key id to number of secrets
// KEYS[3…5]  the sets of endpoints by state
// KEYS[6]  its parked deliveries   KEYS[7]  endpoints whose parked deliveries are to be sent
// ARGV[1]  member of those lists   ARGV[2…]  field, value pairs
// Returns  1 when written, 0 when there is no such endpoint
const UPDATE_ENDPOINT = createScript(`${COUNT_SEALED_HEADERS}${ENDPOINT_STATES}${UNPARKING}
if redis.call("EXISTS", KEYS[1]) == 0 then
  return 0
end
local before = redis.call("HMGET", KEYS[1], "headers", "url", "enabled")
redis.call("HSET", KEYS[1], unpack(ARGV, 2))
local after = redis.call("HMGET", KEYS[1], "headers", "url", "enabled")
if before[1] ~= after[1] then
  countSealed(KEYS[2], before[1], -1)
  countSealed(KEYS[2], after[1], 1)
end
local isEnabledNow = before[3] ~= "1" and after[3] == "1"
if before[2] ~= after[2] or isEnabledNow then
  forgetStreak(KEYS[1])
end
if isEnabledNow then
  unpark(KEYS[6], KEYS[7], ARGV[1])
end
listState(statesFrom(3), KEYS[1], ARGV[1])
return 1
`);

export async function updateEndpoint(
  redis: Redis,
  keys: Keys,
  { tenant, endpointId, fields }: EndpointRef & { readonly fields: Readonly<Record<string, string>> },
): Promise<"updated" | "missing"> {
  const reply = await runScript(redis, UPDATE_ENDPOINT, {
    keys: [
      keys.endpoint(tenant, endpointId),
      keys.sealedSecrets,
      ...endpointStateKeys(keys),
      keys.endpointParked(tenant, endpointId),
      keys.unparkingEndpoints,
    ],
    args: [endpointMemberOf({ tenant, endpointId }), ...Object.entries(fields).flat()],
  });
  return reply === 1 ? "updated" : "missing";
}
