import type { Redis } from "ioredis";
import { queueNames } from "@herald/queue/queues/entries";
import type { Keys } from "@herald/platform/redis/keys";
import { ADD_ENTRY, queueKey, queueOfKey, type EntryFields } from "@herald/queue/queues/add-entry";
import { SCORE_AT } from "./fair-clock.ts";
import { createScript, runScript } from "@herald/platform/redis/script";

// Gives a job that lost its queue entry a new one, at the place in line that its record remembers. The score of that place
// depends on the clock's base, which another admission may move.
//
// KEYS[1]  job hash   KEYS[2]  fair clock   KEYS[3]  the queue
// ARGV[1]  the entry as JSON   ARGV[2]  lane
// Returns  nothing of interest; an entry that is there is left as it is
const RESTORE_ENTRY = createScript(`${queueOfKey(3)}${ADD_ENTRY}${SCORE_AT}
local start = string.match(redis.call("HGET", KEYS[1], "fair_place") or "0 0", " (%S+)")
local base = redis.call("HGET", KEYS[2], "base") or 0
addEntry(queue, cjson.decode(ARGV[1]), scoreAt(tonumber(base), tonumber(start), tonumber(ARGV[2])))
return 0
`);

export interface EntryRestoration {
  readonly tenant: string;
  readonly lane: number;
  readonly entry: EntryFields;
}

export async function restoreEntry(
  redis: Redis,
  keys: Keys,
  { tenant, lane, entry }: EntryRestoration,
): Promise<void> {
  await runScript(redis, RESTORE_ENTRY, {
    keys: [keys.job(tenant, entry.id), keys.fairClock, queueKey(keys, queueNames.synthesis)],
    args: [JSON.stringify(entry), String(lane)],
  });
}
