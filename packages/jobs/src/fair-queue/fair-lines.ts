// The lines of a tenant, one a lane, in virtual time: where each ends, and which stretches before its end are free
// because the jobs that had them were cancelled. A stretch of a line is some job's alone. Were what a cancelled job
// gives back taken off the end of the line, a tenant could put any number of jobs at one place, by cancelling what is
// before them and submitting anew; so it is the stretch itself that is free again, for a job that fits into it. Of what
// virtual time has passed nothing is left.
//
// Both are in one hash, so that a submission reads them with one command; `free` is there only while something is. The
// functions stand apart, because a script pays for each one that it is given at every run.

/** Of a lane. They are read with each submission of the tenant; what is cancelled in some order leaves one or two. */
const MOST_FREE = 100;

/**
 * takeFree  takes a part for the job from the first stretch that is long enough: its start, nil where there is none
 * keepFree  writes what is free, `free[lane + 1]` being the stretches of a lane
 */
export const FREE_STRETCHES = `
-- Of a character: places are kept to a thousandth.
local TOUCHING = 0.01

local function takeFree(stretches, now, cost)
  for _, stretch in ipairs(stretches) do
    local start = stretch[1]
    local stop = math.max(now, start) + cost
    if stop <= stretch[2] + TOUCHING then
      stretch[1] = stop
      return start
    end
  end
end

local function keepFree(lanesKey, free, now)
  local kept, count = {}, 0
  for i, stretches in ipairs(free) do
    kept[i] = {}
    for _, stretch in ipairs(stretches) do
      if stretch[2] > math.max(now, stretch[1]) + TOUCHING then
        table.insert(kept[i], stretch)
        count = count + 1
      end
    end
  end
  if count > 0 then
    redis.call("HSET", lanesKey, "free", cjson.encode(kept))
  else
    redis.call("HDEL", lanesKey, "free")
  end
end
`;

/**
 * giveBack  makes a stretch free: where its line ends then, and what is free of it. A stretch of which the line does not know,
 *           because it was forgotten meanwhile, is not
 */
export const GIVE_BACK = `
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
    if former and stretch[1] <= former[2] + TOUCHING then
      former[2] = math.max(former[2], stretch[2])
    else
      table.insert(joined, stretch)
    end
  end
  return joined
end

local function giveBack(last, stretches, given)
  if given[2] > last + TOUCHING then return last, stretches end
  table.insert(stretches, given)
  local free = join(stretches)
  if free[#free][2] >= last - TOUCHING then last = table.remove(free)[1] end
  if #free > ${MOST_FREE} then dropShortest(free) end
  return last, free
end
`;
