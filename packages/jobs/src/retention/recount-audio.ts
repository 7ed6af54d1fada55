import type { Redis } from "ioredis";
import type { Keys } from "@herald/platform/redis/keys";
import { AUDIO_BYTES, audioKeys, audioOfKeys } from "./audio-bytes.ts";
import { createScript, runScript } from "@herald/platform/redis/script";

// Goes on with the recount of what is stored, by as many jobs as are to be looked at in one step, and those of the same date as
// the last of them. The count is right at every moment, unless Redis lost something or was filled by an earlier version.
//
// KEYS[1…3]  the stored audio
// ARGV[1]  what job hashes' names begin with   ARGV[2]  how many jobs
// Returns  nil while there is more; then by how many bytes the count was wrong, and is not any more
const RECOUNT_AUDIO = createScript(`${audioOfKeys(0)}${AUDIO_BYTES}
local upTo = redis.call("HGET", audio.recount, "up_to")
local from = upTo and "(" .. upTo or "-inf"
local last = redis.call("ZRANGEBYSCORE", audio.expiry, from, "+inf", "WITHSCORES", "LIMIT", ARGV[2] - 1, 1)[2]
local counted = tonumber(redis.call("HGET", audio.recount, "bytes") or 0)
for _, member in ipairs(redis.call("ZRANGEBYSCORE", audio.expiry, from, last or "+inf")) do
  counted = counted + audioBytesOf(ARGV[1] .. member)
end
if last then
  redis.call("HSET", audio.recount, "up_to", last, "bytes", string.format("%.0f", counted))
  return nil
end
local wrong = tonumber(redis.call("GET", audio.bytes) or 0) - counted
redis.call("SET", audio.bytes, string.format("%.0f", counted))
redis.call("DEL", audio.recount)
return string.format("%.0f", wrong)
`);

export async function recountAudio(redis: Redis, keys: Keys, jobs: number): Promise<number | null> {
  const reply = await runScript(redis, RECOUNT_AUDIO, {
    keys: audioKeys(keys),
    args: [keys.jobOfMember(""), String(jobs)],
  });
  return reply === null ? null : Number(reply);
}
