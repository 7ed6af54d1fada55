import type { Redis } from "ioredis";
import type { Ending } from "../../job/index.ts";
import { deliveryMemberOf, memberOf, type Keys } from "../keys.ts";
import { AUDIO_BYTES, audioKeys, audioOfKeys } from "../lua/audio-bytes.ts";
import { deliveryListKeys } from "../lua/delivery-lists.ts";
import { FAN_OUT } from "../lua/fan-out.ts";
import { createScript, runScript } from "../script.ts";

// The one way to a terminal status. The status, the deliveries that it owes, the expiry dates and the note to listeners
// become true together or not at all, so a completed job without its webhooks cannot exist. The endpoints are read here,
// and not before: one that was made or disabled a moment ago counts, and a tenant without any pays one look at an empty
// set. A connection that breaks before the answer sends the script again: the second time it finds its own fence at work
// and answers as it did before.
//
// KEYS[1]  job hash   KEYS[2]  text   KEYS[3]  index of the expected status   KEYS[4]  index of the new status
// KEYS[5]  open jobs   KEYS[6]  record expiry   KEYS[7]  delivery hash   KEYS[8]  open deliveries
// KEYS[9]  loose entries: nobody is there to take the queue entry of a job that ends while it is pending
// KEYS[10…13]  the lists of deliveries   KEYS[14…16]  the stored audio
// ARGV[1]  job id   ARGV[2]  member for the lists over all tenants   ARGV[3]  channel for the note
// ARGV[4]  expected status   ARGV[5]  expected fence, "" for any   ARGV[6]  new status   ARGV[7]  now in ms
// ARGV[8]  when the record expires, ms   ARGV[9]  when the audio expires, ms, "" without audio   ARGV[10]  "1" keeps the text
// ARGV[11] event id   ARGV[12] event type   ARGV[13] member of open deliveries
// ARGV[14] the job's own URL, "" when it is not told   ARGV[15] the endpoint id that stands for it
// ARGV[16] bytes of the audio
// ARGV[17] how many of the following arguments are the job's field, value pairs; the rest are every delivery's
// Returns  the ids of the endpoints that are to be sent the event now, nil when the job was no longer as expected
const FINISH_JOB = createScript(`${FAN_OUT}${audioOfKeys(13)}${AUDIO_BYTES}
local job = redis.call("HMGET", KEYS[1], "status", "fence", "endpoints")
if ARGV[5] ~= "" and job[2] == ARGV[5] and job[1] == ARGV[6] then
  local due = {}
  for id in string.gmatch(job[3] or "", "%S+") do
    if redis.call("HGET", KEYS[7] .. "." .. id, "status") == "pending" then table.insert(due, id) end
  end
  return due
end
if job[1] ~= ARGV[4] or (ARGV[5] ~= "" and job[2] ~= ARGV[5]) then
  return nil
end
local lastField = 17 + tonumber(ARGV[17])
redis.call("HSET", KEYS[1], "status", ARGV[6], unpack(ARGV, 18, lastField))
redis.call("ZREM", KEYS[3], ARGV[1])
redis.call("ZADD", KEYS[4], 0, ARGV[1])
redis.call("ZREM", KEYS[5], ARGV[2])
redis.call("ZADD", KEYS[6], ARGV[8], ARGV[2])
if ARGV[4] == "pending" then
  redis.call("ZADD", KEYS[9], ARGV[7], ARGV[2])
end
if ARGV[9] ~= "" then
  redis.call("ZADD", audio.expiry, ARGV[9], ARGV[2])
  countAudio(audio, ARGV[9], ARGV[16])
end
if ARGV[10] ~= "1" then
  redis.call("DEL", KEYS[2])
end
local event = {
  id = ARGV[11], type = ARGV[12], member = ARGV[13], now = ARGV[7], fields = {unpack(ARGV, lastField + 1)},
  hash = KEYS[7], open = KEYS[8], lists = listsFrom(10), except = "",
}
if ARGV[14] ~= "" then
  recordDelivery(event, "", ARGV[15], ARGV[14], "pending")
end
local recorded, due = fanOut(event)
if #recorded > 0 then
  redis.call("HSET", KEYS[1], "endpoints", table.concat(recorded, " "))
end
redis.call("PUBLISH", ARGV[3], ARGV[6])
return due
`);

export interface FinishJob {
  readonly ending: Ending;
  readonly event: {
    readonly id: string;
    readonly type: string;
    /** What all deliveries of the event have in common. */
    readonly fields: Readonly<Record<string, string>>;
  };
  /** The URL that came with the job; null when it is not told of this ending. */
  readonly own: { readonly url: string; readonly endpointId: string } | null;
  readonly recordExpiresAt: Date;
  readonly audio: { readonly bytes: number; readonly expiresAt: number } | null;
  readonly keepText: boolean;
}

/** Answers the ids of the endpoints that are to be sent the event now. "stale": nothing was written. */
export async function finishJob(
  redis: Redis,
  keys: Keys,
  finish: FinishJob,
): Promise<readonly string[] | "stale"> {
  const { tenant, jobId, from, to } = finish.ending;
  const reply = await runScript(redis, FINISH_JOB, {
    keys: [
      keys.job(tenant, jobId),
      keys.text(tenant, jobId),
      keys.jobsWithStatus(tenant, from),
      keys.jobsWithStatus(tenant, to),
      keys.openJobs,
      keys.recordExpiry,
      keys.delivery(tenant, finish.event.id),
      keys.openDeliveries,
      keys.looseEntries,
      ...deliveryListKeys(keys, tenant),
      ...audioKeys(keys),
    ],
    args: argumentsOf(finish, keys),
  });
  return reply === null ? "stale" : (reply as string[]);
}

function argumentsOf({ ending, event, own, ...finish }: FinishJob, keys: Keys): readonly string[] {
  const { tenant, jobId, from, to, fence, at } = ending;
  const fields = Object.entries(ending.fields).flat();
  return [
    jobId,
    memberOf({ tenant, jobId }),
    keys.jobNotes(tenant, jobId),
    from,
    fence ?? "",
    to,
    String(at.getTime()),
    String(finish.recordExpiresAt.getTime()),
    String(finish.audio?.expiresAt ?? ""),
    finish.keepText ? "1" : "",
    event.id,
    event.type,
    deliveryMemberOf({ tenant, deliveryId: event.id }),
    own?.url ?? "",
    own?.endpointId ?? "",
    String(finish.audio?.bytes ?? 0),
    String(fields.length),
    ...fields,
    ...Object.entries(event.fields).flat(),
  ];
}
