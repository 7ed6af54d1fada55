import type { Redis } from "ioredis";
import type { Completion, Ending } from "@herald/shared/jobs/status";
import { endingFields, NO_WEBHOOK } from "../record/job-record.ts";
import { deliveryMemberOf, memberOf, type Keys } from "@herald/platform/redis/keys";
import { AUDIO_BYTES, audioKeys, audioOfKeys } from "../retention/audio-bytes.ts";
import { deliveryListKeys } from "@herald/webhooks/deliveries/delivery-lists";
import { FAN_OUT } from "@herald/webhooks/deliveries/fan-out";
import { createScript, runScript } from "@herald/platform/redis/script";

// The one way to a terminal status. The status, the deliveries that it owes, the expiry dates and the note to listeners
// become true together or not at all, so a completed job without its webhooks cannot exist. The endpoints are read here,
// and not before: one that was made or disabled a moment ago counts, and a tenant without any pays one look at an empty
// set. A connection that breaks before the answer sends the script again: the second time it finds its own fence at work
// and answers as it did before. It begins with a removal, so that a full Redis lets it pass (see expire-audio.ts): the end of a job
// gives its text's memory back, and there are never more ends than jobs that were taken on.
//
// KEYS[1]  job hash   KEYS[2]  text   KEYS[3]  index of the expected status   KEYS[4]  index of the new status
// KEYS[5]  open jobs   KEYS[6]  record expiry   KEYS[7]  delivery hash   KEYS[8]  open deliveries
// KEYS[9]  loose entries: nobody is there to take the queue entry of a job that ends while it is pending
// KEYS[10…13]  the lists of deliveries   KEYS[14…16]  the stored audio
// ARGV[1]  the facts: JSON of `factsOf`   ARGV[2…]  field, value pairs of every delivery
// Returns  the ids of the endpoints that are to be sent the event now, nil when the job was no longer as expected
const FINISH_JOB = createScript(`${FAN_OUT}${audioOfKeys(13)}${AUDIO_BYTES}
local jobKey, textKey, formerIndex, newIndex, openJobs, recordExpiry = unpack(KEYS, 1, 6)
local deliveryKey, openDeliveries, looseEntries = unpack(KEYS, 7, 9)
local facts = cjson.decode(ARGV[1])
local status, fence, told = unpack(redis.call("HMGET", jobKey, "status", "fence", "endpoints"))
if facts.fence and fence == facts.fence and status == facts.to then
  local due = {}
  for id in string.gmatch(told or "", "%S+") do
    if redis.call("HGET", deliveryKey .. "." .. id, "status") == "pending" then table.insert(due, id) end
  end
  return due
end
if status ~= facts.from or (facts.fence and fence ~= facts.fence) then
  return nil
end
redis.call("ZREM", formerIndex, facts.jobId)
redis.call("HSET", jobKey, "status", facts.to, unpack(facts.fields))
redis.call("ZADD", newIndex, 0, facts.jobId)
redis.call("ZREM", openJobs, facts.member)
redis.call("ZADD", recordExpiry, facts.recordExpiresAt, facts.member)
if facts.from == "pending" then
  redis.call("ZADD", looseEntries, facts.now, facts.member)
end
if facts.audio then
  redis.call("ZADD", audio.expiry, facts.audio.expiresAt, facts.member)
  countAudio(audio, facts.audio.expiresAt, facts.audio.bytes)
end
if not facts.keepText then
  redis.call("DEL", textKey)
end
local event = {
  id = facts.event.id, type = facts.event.type, member = facts.event.member, now = facts.now,
  fields = {unpack(ARGV, 2)}, hash = deliveryKey, open = openDeliveries, lists = listsFrom(10), except = "",
}
if facts.own then
  recordDelivery(event, "", facts.own.endpointId, facts.own.url, "pending")
end
local recorded, due = fanOut(event)
if #recorded > 0 then
  redis.call("HSET", jobKey, "endpoints", table.concat(recorded, " "))
end
redis.call("PUBLISH", facts.channel, facts.to)
return due
`);

export interface EndingToWrite {
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
  readonly keepText: boolean;
}

/** Answers the ids of the endpoints that are to be sent the event now. "stale": nothing was written. */
export async function writeEnding(
  redis: Redis,
  keys: Keys,
  toWrite: EndingToWrite,
): Promise<readonly string[] | "stale"> {
  const { tenant, jobId, from, to } = toWrite.ending;
  const reply = await runScript(redis, FINISH_JOB, {
    keys: [
      keys.job(tenant, jobId),
      keys.text(tenant, jobId),
      keys.jobsWithStatus(tenant, from),
      keys.jobsWithStatus(tenant, to),
      keys.openJobs,
      keys.recordExpiry,
      keys.delivery(tenant, toWrite.event.id),
      keys.openDeliveries,
      keys.looseEntries,
      ...deliveryListKeys(keys, tenant),
      ...audioKeys(keys),
    ],
    args: [JSON.stringify(factsOf(toWrite, keys)), ...Object.entries(toWrite.event.fields).flat()],
  });
  return reply === null ? "stale" : (reply as string[]);
}

/** Numbers are milliseconds and bytes, which a double holds exactly. What is null is left out, as Lua's nil. */
function factsOf({ ending, event, own, ...rest }: EndingToWrite, keys: Keys) {
  const { tenant, jobId, from, to, fence, at } = ending;
  return {
    jobId,
    member: memberOf({ tenant, jobId }),
    channel: keys.jobNotes(tenant, jobId),
    from,
    to,
    ...(fence !== null && { fence }),
    fields: Object.entries(endingFields(ending, own === null ? NO_WEBHOOK : null)).flat(),
    now: at.getTime(),
    recordExpiresAt: rest.recordExpiresAt.getTime(),
    keepText: rest.keepText,
    ...(ending.to === "completed" && { audio: storedAudioOf(ending) }),
    event: {
      id: event.id,
      type: event.type,
      member: deliveryMemberOf({ tenant, deliveryId: event.id }),
    },
    ...(own !== null && { own }),
  };
}

function storedAudioOf({ audio: { bytes, expiresAt } }: Completion) {
  return { bytes, expiresAt };
}
