import type { Keys } from "@herald/platform/redis/keys";

// How many bytes of audio are stored. What is on the list of audio to expire counts, from the commit that publishes it until it
// is out of storage, and the count changes in the script that changes the list, so that both are right together. A recount
// goes through the list by the dates on it; what comes or goes in the part that it has behind it is told to it.
//
// countAudio   adds to the count, for audio that is listed under that date
// audioBytesOf what the job's record says, 0 when it says nothing
// forgetAudio  takes a job's audio off the list and off the count; the second time, it does nothing
export const AUDIO_BYTES = `
local function countAudio(audio, expiresAt, bytes)
  redis.call("INCRBY", audio.bytes, bytes)
  local upTo = redis.call("HGET", audio.recount, "up_to")
  if upTo and tonumber(expiresAt) <= tonumber(upTo) then
    redis.call("HINCRBY", audio.recount, "bytes", bytes)
  end
end

local function audioBytesOf(jobKey)
  local ok, bytes = pcall(function() return cjson.decode(redis.call("HGET", jobKey, "audio")).bytes end)
  return ok and tonumber(bytes) or 0
end

local function forgetAudio(audio, jobKey, member)
  local expiresAt = redis.call("ZSCORE", audio.expiry, member)
  if expiresAt then
    redis.call("ZREM", audio.expiry, member)
    countAudio(audio, expiresAt, 0 - audioBytesOf(jobKey)) -- Not -0, which Redis takes for no number.
  end
end
`;

const PARTS = ["expiry", "bytes", "recount"] as const;

/** To come last among a script's KEYS. */
export function audioKeys(keys: Keys): readonly string[] {
  return [keys.audioExpiry, keys.audioBytes, keys.audioRecount];
}

/** Lua: names these keys, which begin after the first `others` of KEYS. */
export function audioOfKeys(others: number): string {
  const fields = PARTS.map((part, i) => `${part} = KEYS[${others + i + 1}]`);
  return `local audio = {${fields.join(", ")}}\n`;
}
