import type { QueueName } from "./entries.ts";
import type { Keys, QueuePart } from "@herald/platform/redis/keys";

// Puts one entry into a BullMQ queue at a score of our choosing, from within a script of ours: BullMQ's own script takes the
// priority from its caller, and a MULTI around both would add the entry of a job that was refused. It leaves Redis as
// `addPrioritizedJob` of BullMQ 6.7 does; add-entry.integration.test.ts compares the two, key by key.
//
// BullMQ scores an entry `priority * 2^32 + tie-break`, and finds its way back to the priority by the entry's own field.
//
// queue  the table of `queueOfKey`   entry  {id, name, data, opts, timestamp}
export const ADD_ENTRY = `
local function addEntry(queue, entry, score)
  local key = queue.prefix .. entry.id
  if redis.call("EXISTS", key) == 1 then return end
  redis.call("INCR", queue.id)
  redis.call("HSET", key, "name", entry.name, "data", entry.data, "opts", entry.opts,
    "timestamp", entry.timestamp, "delay", 0, "priority", math.floor(score / 2^32))
  redis.call("XADD", queue.events, "*", "event", "added", "jobId", entry.id, "name", entry.name)
  redis.call("ZADD", queue.prioritized, score, entry.id)
  local meta = redis.call("HMGET", queue.meta, "paused", "concurrency", "opts.maxLenEvents")
  local full = meta[2] and redis.call("LLEN", queue.active) >= tonumber(meta[2])
  if not meta[1] and not full then redis.call("ZADD", queue.marker, 0, "0") end
  redis.call("XADD", queue.events, "MAXLEN", "~", meta[3] or 10000, "*", "event", "waiting", "jobId", entry.id)
end
`;

/** What an entry consists of, as BullMQ writes it. */
export interface EntryFields {
  readonly id: string;
  readonly name: string;
  readonly data: string;
  readonly opts: string;
  readonly timestamp: number;
}

const PARTS = [
  "meta",
  "id",
  "prioritized",
  "wait",
  "delayed",
  "active",
  "events",
  "marker",
] as const satisfies QueuePart[];

/** What the names of a queue's keys begin with, to be one of a script's KEYS: eight names more would be sent with every job. */
export function queueKey(keys: Keys, queue: QueueName): string {
  return keys.queueEntry(queue, "");
}

/** Lua: names the queue's keys, by that one of KEYS. */
export function queueOfKey(index: number): string {
  const parts = PARTS.map((part) => `${part} = KEYS[${index}] .. "${part}"`);
  return `local queue = {prefix = KEYS[${index}], ${parts.join(", ")}}\n`;
}
