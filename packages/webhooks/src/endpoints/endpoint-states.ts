import { endpointStates } from "@herald/shared/jobs/job";
import type { Keys } from "@herald/platform/redis/keys";

/**
 * Lua, for the scripts that write an endpoint: lists it under the state that it is in, in the same step. `states` are the
 * sets of `endpointStateKeys`, as `statesFrom(i)` takes them from KEYS[i] on.
 *
 * What a streak of failures leaves in an endpoint's record, until an attempt is delivered:
 *   failing_since    when the first of them was made
 *   failed_attempts  how many they are
 *   warned           that the tenant's other endpoints were told
 *   told             the id of the event by which they were
 */
export const ENDPOINT_STATES = `
local function statesFrom(i)
  return {enabled = KEYS[i], failing = KEYS[i + 1], disabled = KEYS[i + 2]}
end

local function stateOf(hash)
  local endpoint = redis.call("HMGET", hash, "enabled", "warned")
  if not endpoint[1] then return nil end
  if endpoint[1] ~= "1" then return "disabled" end
  return endpoint[2] and "failing" or "enabled"
end

-- To be called after the record says so.
local function listState(states, hash, member)
  local current = stateOf(hash)
  for state, set in pairs(states) do
    redis.call(state == current and "SADD" or "SREM", set, member)
  end
end

local function forgetStreak(hash)
  redis.call("HDEL", hash, "failing_since", "failed_attempts", "warned", "told")
end
`;

export function endpointStateKeys(keys: Keys): readonly string[] {
  return endpointStates.map(keys.endpointsWithState);
}
