import type { Redis } from "ioredis";
import { endpointMemberOf, type EndpointRef, type Keys } from "@herald/platform/redis/keys";
import { COUNT_SEALED_HEADERS } from "./count-sealed-headers.ts";
import { ENDPOINT_STATES, endpointStateKeys } from "./endpoint-states.ts";
import { createScript, runScript } from "@herald/platform/redis/script";

// What is still owed to the endpoint may be much, so it is only noted here that it is to be settled.
//
// KEYS[1]  the tenant's endpoints   KEYS[2]  endpoint hash   KEYS[3]  hash of encryption key id to number of secrets
// KEYS[4]  deleted endpoints   KEYS[5…7]  the sets of endpoints by state
// ARGV[1]  endpoint id   ARGV[2]  member of those lists   ARGV[3]  now in ms
// Returns  1 when deleted, 0 when there is no such endpoint
const DELETE_ENDPOINT = createScript(`${COUNT_SEALED_HEADERS}${ENDPOINT_STATES}
if redis.call("ZREM", KEYS[1], ARGV[1]) == 0 then
  return 0
end
countSealed(KEYS[3], redis.call("HGET", KEYS[2], "headers"), -1)
redis.call("DEL", KEYS[2])
listState(statesFrom(5), KEYS[2], ARGV[2])
redis.call("ZADD", KEYS[4], ARGV[3], ARGV[2])
return 1
`);

export async function deleteEndpoint(
  redis: Redis,
  keys: Keys,
  { now, ...ref }: EndpointRef & { readonly now: Date },
): Promise<"removed" | "missing"> {
  const { tenant, endpointId } = ref;
  const reply = await runScript(redis, DELETE_ENDPOINT, {
    keys: [
      keys.endpoints(tenant),
      keys.endpoint(tenant, endpointId),
      keys.sealedSecrets,
      keys.deletedEndpoints,
      ...endpointStateKeys(keys),
    ],
    args: [endpointId, endpointMemberOf(ref), String(now.getTime())],
  });
  return reply === 1 ? "removed" : "missing";
}
