import type { Redis } from "ioredis";
import { queueNames } from "@herald/queue/queues/entries";
import type { JobRef, Keys } from "@herald/platform/redis/keys";
import { queueKey, queueOfKey } from "@herald/queue/queues/add-entry";
import { READ_CLOCK } from "./fair-clock.ts";
import { KEEP_FREE, TOUCHING } from "./fair-lines.ts";
import { createScript, runScript } from "@herald/platform/redis/script";

/** Of a lane. They are read with each submission of the tenant; what is cancelled in some order leaves one or two. */
const MOST_FREE = 100;

/**
 * Lua: `giveBack(last, stretches, given)` makes a stretch free: where its line ends then, and what is free of it. A stretch of
 * which the line does not know, because it was forgotten meanwhile, is not.
 */
const GIVE_BACK = `
local function dropShortest(stretches)
  local shortest = 1
  for i, stretch in ipairs(stretches) do
    if stretch[2] - stretch[1] < stretches[shortest][2] - stretches[shortest][1] then shortest = i end
  end
  table.remove(stretches, shortest)
end

local function join(stretches)
  table.sort(stretches, function(a, b) return a[1] < b[1] end)
  local joined = {}
  for _, stretch in ipairs(stretches) do
    local former = joined[#joined]
    if former and stretch[1] <= former[2] + ${TOUCHING} then
      former[2] = math.max(former[2], stretch[2])
    else
      table.insert(joined, stretch)
    end
  end
  return joined
end

local function giveBack(last, stretches, given)
  if given[2] > last + ${TOUCHING} then return last, stretches end
  table.insert(stretches, given)
  local free = join(stretches)
  if free[#free][2] >= last - ${TOUCHING} then last = table.remove(free)[1] end
  if #free > ${MOST_FREE} then dropShortest(free) end
  return last, free
end
`;

// What a job was charged in the fair queue goes back to its tenant when it has ended without ever having begun. The record
// forgets its place in the same step, so that it is given back once.
//
// KEYS[1]  job hash   KEYS[2]  fair clock   KEYS[3]  fair lanes   KEYS[4]  the queue
// ARGV[1]  lane
// Returns  nothing of interest
const GIVE_BACK_PLACE = createScript(`${queueOfKey(4)}${READ_CLOCK}${KEEP_FREE}${GIVE_BACK}
local job = redis.call("HMGET", KEYS[1], "fair_place", "started_at")
if not job[1] or job[2] then
  return 0
end
redis.call("HDEL", KEYS[1], "fair_place")

local lanesKey, ownLane = KEYS[3], tonumber(ARGV[1])
local cost, start, others = string.match(job[1], "(%S+) (%S+)(.*)")
local starts = {}
for lane, other in string.gmatch(others, "(%d) (%S+)") do starts[tonumber(lane)] = other end

local lines = redis.call("HMGET", lanesKey, 0, 1, 2, "free")
local free = lines[4] and cjson.decode(lines[4]) or {{}, {}, {}}
for lane = ownLane, 2 do
  local from, last = tonumber(starts[lane] or start), tonumber(lines[lane + 1] or 0)
  last, free[lane + 1] = giveBack(last, free[lane + 1], {from, from + tonumber(cost)})
  redis.call("HSET", lanesKey, lane, string.format("%.3f", last))
end
keepFree(lanesKey, free, (readClock(queue, KEYS[2])))
return 0
`);

export async function giveBackPlace(
  redis: Redis,
  keys: Keys,
  { tenant, jobId, lane }: JobRef & { readonly lane: number },
): Promise<void> {
  await runScript(redis, GIVE_BACK_PLACE, {
    keys: [
      keys.job(tenant, jobId),
      keys.fairClock,
      keys.fairLanes(tenant),
      queueKey(keys, queueNames.synthesis),
    ],
    args: [String(lane)],
  });
}
