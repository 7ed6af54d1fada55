import type { Redis } from "ioredis";
import { endpointMemberOf, type EndpointRef, type Keys } from "@herald/platform/redis/keys";
import { ENDPOINT_STATES, endpointStateKeys } from "../endpoints/endpoint-states.ts";
import { createScript, runScript } from "@herald/platform/redis/script";

// A receiver that the endpoint no longer points to says nothing of the one that it points to now.
//
// KEYS[1]  endpoint hash   KEYS[2…4]  the sets of endpoints by state
// ARGV[1]  URL that answered   ARGV[2]  member of those sets
const END_STREAK = createScript(`${ENDPOINT_STATES}
if redis.call("HGET", KEYS[1], "url") == ARGV[1] then
  forgetStreak(KEYS[1])
  listState(statesFrom(2), KEYS[1], ARGV[2])
end
`);

export async function endStreak(
  redis: Redis,
  keys: Keys,
  { url, ...ref }: EndpointRef & { readonly url: string },
): Promise<void> {
  await runScript(redis, END_STREAK, {
    keys: [keys.endpoint(ref.tenant, ref.endpointId), ...endpointStateKeys(keys)],
    args: [url, endpointMemberOf(ref)],
  });
}
