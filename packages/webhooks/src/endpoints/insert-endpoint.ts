import type { Redis } from "ioredis";
import { endpointMemberOf, type Keys } from "@herald/platform/redis/keys";
import { COUNT_SEALED_HEADERS } from "./count-sealed-headers.ts";
import { ENDPOINT_STATES, endpointStateKeys } from "./endpoint-states.ts";
import { createScript, runScript } from "@herald/platform/redis/script";

// The count and the insertion are one step, or two requests at once would pass a limit that holds for each.
//
// KEYS[1]  the tenant's endpoints   KEYS[2]  endpoint hash   KEYS[3]  hash of encryption key id to number of secrets
// KEYS[4…6]  the sets of endpoints by state
// ARGV[1]  endpoint id   ARGV[2]  how many a tenant may have   ARGV[3]  member of those sets   ARGV[4…]  field, value pairs
// Returns  1 when inserted, now or before, 0 when the tenant has as many as it may have
const INSERT_ENDPOINT = createScript(`${COUNT_SEALED_HEADERS}${ENDPOINT_STATES}
if redis.call("ZSCORE", KEYS[1], ARGV[1]) then
  return 1
end
if redis.call("ZCARD", KEYS[1]) >= tonumber(ARGV[2]) then
  return 0
end
redis.call("HSET", KEYS[2], unpack(ARGV, 4))
redis.call("ZADD", KEYS[1], 0, ARGV[1])
countSealed(KEYS[3], redis.call("HGET", KEYS[2], "headers"), 1)
listState(statesFrom(4), KEYS[2], ARGV[3])
return 1
`);

export interface EndpointInsertion {
  readonly tenant: string;
  readonly endpointId: string;
  readonly limit: number;
  readonly fields: Readonly<Record<string, string>>;
}

export async function insertEndpoint(
  redis: Redis,
  keys: Keys,
  { tenant, endpointId, limit, fields }: EndpointInsertion,
): Promise<"inserted" | "too_many"> {
  const reply = await runScript(redis, INSERT_ENDPOINT, {
    keys: [
      keys.endpoints(tenant),
      keys.endpoint(tenant, endpointId),
      keys.sealedSecrets,
      ...endpointStateKeys(keys),
    ],
    args: [
      endpointId,
      String(limit),
      endpointMemberOf({ tenant, endpointId }),
      ...Object.entries(fields).flat(),
    ],
  });
  return reply === 1 ? "inserted" : "too_many";
}
