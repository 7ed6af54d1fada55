import type { Redis } from "ioredis";
import { endpointMemberOf, type EndpointRef, type Keys } from "@herald/platform/redis/keys";
import { createScript, runScript } from "@herald/platform/redis/script";

// More may have been parked since somebody saw that nothing was left. One that is disabled again is listed again when
// that ends.
//
// KEYS[1]  endpoint hash   KEYS[2]  its parked deliveries   KEYS[3]  endpoints whose parked deliveries are to be sent
// ARGV[1]  member of those endpoints
const END_UNPARKING = createScript(`
if redis.call("ZCARD", KEYS[2]) == 0 or redis.call("HGET", KEYS[1], "enabled") ~= "1" then
  redis.call("ZREM", KEYS[3], ARGV[1])
end
`);

/** Takes the endpoint off the list, unless something is still to be sent. */
export async function endUnparking(redis: Redis, keys: Keys, ref: EndpointRef): Promise<void> {
  const { tenant, endpointId } = ref;
  await runScript(redis, END_UNPARKING, {
    keys: [
      keys.endpoint(tenant, endpointId),
      keys.endpointParked(tenant, endpointId),
      keys.unparkingEndpoints,
    ],
    args: [endpointMemberOf(ref)],
  });
}
