// The lines of a tenant, one a lane, in virtual time: where each ends, and which stretches before its end are free
// because the jobs that had them were cancelled. A stretch of a line is some job's alone. Were what a cancelled job
// gives back taken off the end of the line, a tenant could put any number of jobs at one place, by cancelling what is
// before them and submitting anew; so it is the stretch itself that is free again, for a job that fits into it. Of what
// virtual time has passed nothing is left.
//
// Both are in one hash, so that a submission reads them with one command; `free` is there only while something is.

/** Of a character: places are kept to a thousandth. What is nearer touches. */
export const TOUCHING = 0.01;

/**
 * Lua, for the scripts that touch a tenant's lines: `keepFree(lanesKey, free, now)` writes what is free still,
 * `free[lane + 1]` being the stretches of a lane.
 */
export const KEEP_FREE = `
local function keepFree(lanesKey, free, now)
  local count = 0
  for _, stretches in ipairs(free) do
    for i = #stretches, 1, -1 do
      if stretches[i][2] <= math.max(now, stretches[i][1]) + ${TOUCHING} then table.remove(stretches, i) end
    end
    count = count + #stretches
  end
  if count == 0 then return redis.call("HDEL", lanesKey, "free") end
  redis.call("HSET", lanesKey, "free", cjson.encode(free))
end
`;
