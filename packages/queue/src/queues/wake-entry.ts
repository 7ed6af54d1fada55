// Lets an entry that is delayed in a BullMQ queue go on sooner, from within a script of ours: whoever decides that it may go
// may be killed before it has told BullMQ. It leaves Redis as `promote` and `changeDelay` of BullMQ 6.7 do for an entry
// without a priority; wake-entry.integration.test.ts compares them, key by key. One that is not delayed any more is left alone.
//
// queue  the table of `queueOfKeys`
export const WAKE_ENTRY = `
local function wakeEntry(queue, id)
  if redis.call("ZREM", queue.delayed, id) == 0 then return end
  redis.call("HSET", queue.prefix .. id, "delay", 0)
  redis.call("LPUSH", queue.wait, id)
  local meta = redis.call("HMGET", queue.meta, "paused", "concurrency")
  local full = meta[2] and redis.call("LLEN", queue.active) >= tonumber(meta[2])
  if not meta[1] and not full then
    redis.call("ZADD", queue.marker, 0, "0")
  end
  redis.call("XADD", queue.events, "*", "event", "waiting", "jobId", id, "prev", "delayed")
end

-- Whether there was one. Two for the same millisecond may share a score: nobody minds which of them goes first.
local function wakeEntryAt(queue, id, at, now)
  if not redis.call("ZSCORE", queue.delayed, id) then return false end
  redis.call("ZADD", queue.delayed, at * 4096, id)
  redis.call("HSET", queue.prefix .. id, "delay", at - now)
  local maxEvents = redis.call("HGET", queue.meta, "opts.maxLenEvents") or 10000
  redis.call("XADD", queue.events, "MAXLEN", "~", maxEvents, "*", "event", "delayed", "jobId", id, "delay", at)
  local first = redis.call("ZRANGE", queue.delayed, 0, 0, "WITHSCORES")
  redis.call("ZADD", queue.marker, tonumber(first[2]) / 4096, "1")
  return true
end
`;
