import type { Redis } from "ioredis";
import { queueNames } from "@herald/queue/queues/entries";
import type { Keys } from "@herald/platform/redis/keys";
import { createScript, runScript } from "@herald/platform/redis/script";
import { queueKey, queueOfKey } from "@herald/queue/queues/add-entry";
import { FIRST_SCORE, IS_REBASE_DUE, READ_CLOCK, SCORE_PER_CHAR } from "./fair-clock.ts";

// Moves the base of the scores up to now, and all that waits down with it. What is at work or delayed has had its turn: it
// comes back to the head of the line. Whether it is due is asked again here: of several admissions that saw so, one does it.
//
// KEYS[1]  fair clock   KEYS[2]  the queue
// Returns  nothing of interest
const REBASE_SCORES = createScript(`${queueOfKey(2)}${READ_CLOCK}${IS_REBASE_DUE}
local now, base = readClock(queue, KEYS[1])
if not isRebaseDue(queue, base, now) then return 0 end

local chars = math.floor(now - base)
local waiting = redis.call("ZRANGE", queue.prioritized, 0, -1, "WITHSCORES")
for i = 1, #waiting, 2 do
  local former = tonumber(waiting[i + 1])
  local score = math.max(${FIRST_SCORE} + former % 4, former - chars * ${SCORE_PER_CHAR})
  redis.call("ZADD", queue.prioritized, score, waiting[i])
  redis.call("HSET", queue.prefix .. waiting[i], "priority", math.floor(score / 2^32))
end
local function toHead(ids)
  for _, id in ipairs(ids) do
    if redis.call("HEXISTS", queue.prefix .. id, "priority") == 1 then
      redis.call("HSET", queue.prefix .. id, "priority", 1)
    end
  end
end
toHead(redis.call("LRANGE", queue.active, 0, -1))
toHead(redis.call("ZRANGE", queue.delayed, 0, -1))
redis.call("HSET", KEYS[1], "base", string.format("%.0f", base + chars))
return 0
`);

/** Safe to repeat, and to leave out: the next admission is told again that it is due. */
export async function rebaseScores(redis: Redis, keys: Keys): Promise<void> {
  await runScript(redis, REBASE_SCORES, {
    keys: [keys.fairClock, queueKey(keys, queueNames.synthesis)],
    args: [],
  });
}
