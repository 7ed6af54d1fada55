import type { Redis } from "ioredis";
import { newJobRecord, type NewJob } from "../record/job-record.ts";
import type { Limits } from "@herald/shared/jobs/limits";
import { queueNames } from "@herald/queue/queues/entries";
import { memberOf, type Keys } from "@herald/platform/redis/keys";
import { ADD_ENTRY, queueKey, queueOfKey, type EntryFields } from "@herald/queue/queues/add-entry";
import { IS_REBASE_DUE } from "../fair-queue/fair-clock.ts";
import { FAIR_PLACE, fairShareOf } from "../fair-queue/fair-place.ts";
import { rebaseScores } from "../fair-queue/rebase-scores.ts";
import { RATE_BUCKETS } from "./rate-buckets.ts";
import { createScript, runScript } from "@herald/platform/redis/script";

// The one way into Herald, in one step: the Idempotency-Key is reserved, the limits are held against what is there, and the
// submission is charged, recorded and given its place in the queue, or nothing of it happens. Were any two of these two
// steps, a crash between them would charge for nothing or leave a job that nobody speaks, and a crowd would pass a limit
// together. What is pending is counted where it is listed, so no counter can drift.
//
// Sent twice, because a connection broke before the answer, it finds the job there and changes nothing.
//
// KEYS[1]  job hash   KEYS[2]  text   KEYS[3]  tenant's jobs   KEYS[4]  tenant's pending jobs   KEYS[5]  open jobs
// KEYS[6]  Idempotency-Key   KEYS[7]  rate buckets   KEYS[8]  the month's characters   KEYS[9]  fair clock
// KEYS[10] fair lanes   KEYS[11] bytes of audio   KEYS[12] API key   KEYS[13] the queue
// ARGV[1]  the facts: JSON of `factsOf`   ARGV[2]  text, "" where the facts refuse it   ARGV[3…]  the record's field, value pairs
// Returns  {"unknown_key"}: it was removed
//          {"named", value}: the Idempotency-Key stands for another submission, or another job
//          {"exists"}: the job was there
//          {"refused", limit, ms to wait or -1, requests left or -1, characters left or -1}
//          {"admitted", 1 when the scores are to be rebased, requests left or -1, characters left or -1}
const ADMIT_JOB = createScript(`${queueOfKey(13)}${ADD_ENTRY}${FAIR_PLACE}${IS_REBASE_DUE}${RATE_BUCKETS}
local jobKey, textKey, jobsKey, pendingKey, openKey = unpack(KEYS, 1, 5)
local idempotencyKey, rateKey, monthKey, clockKey, lanesKey, audioBytesKey, apiKeyKey = unpack(KEYS, 6, 12)
local facts = cjson.decode(ARGV[1])
local limits, idempotency, now = facts.limits, facts.idempotency, facts.now

if facts.key and redis.call("HGET", apiKeyKey, "key_id") ~= facts.key then return {"unknown_key"} end
local standing = idempotency and redis.call("GET", idempotencyKey)
if standing and standing ~= idempotency.value then return {"named", standing} end
if redis.call("EXISTS", jobKey) == 1 then return {"exists"} end

local left = rateLeft(rateKey, limits, now)
local function refusal()
  if facts.refused then return facts.refused.limit, facts.refused.waitMs end
  local wait = rateWait(left.requests, 1, limits.requestsPerMinute)
  if wait then return "requestsPerMinute", wait end
  wait = rateWait(left.chars, facts.chars, limits.charsPerMinute)
  if wait then return "charsPerMinute", wait end
  if limits.pendingJobs and redis.call("ZCARD", pendingKey) >= limits.pendingJobs then return "pendingJobs" end
  if limits.charsPerMonth and (redis.call("GET", monthKey) or 0) + facts.chars > limits.charsPerMonth then
    return "charsPerMonth", facts.monthEndsAt - now
  end
  if facts.memoryIsFull then return "memory" end
  local stored = facts.maxAudioBytes and tonumber(redis.call("GET", audioBytesKey) or 0)
  if stored and stored >= facts.maxAudioBytes then return "storage" end
  local waiting = redis.call("ZCARD", queue.prioritized) + redis.call("LLEN", queue.wait) + redis.call("ZCARD", queue.delayed)
  if waiting >= facts.maxPendingJobs then return "allPendingJobs" end
end
local limit, wait = refusal()
if limit then
  return {"refused", limit, wait or -1, math.floor(left.requests or -1), math.floor(left.chars or -1)}
end

chargeRate(rateKey, left, facts.chars, now)
if limits.charsPerMonth and redis.call("INCRBY", monthKey, facts.chars) == facts.chars then
  redis.call("PEXPIREAT", monthKey, facts.monthEndsAt)
end
if idempotency then redis.call("SET", idempotencyKey, idempotency.value, "PX", idempotency.ttlMs) end

local place, score, base, virtual = fairPlace(queue, clockKey, lanesKey, facts)
redis.call("HSET", jobKey, "fair_place", place, unpack(ARGV, 3))
redis.call("SET", textKey, ARGV[2])
redis.call("ZADD", jobsKey, 0, facts.id)
redis.call("ZADD", pendingKey, 0, facts.id)
redis.call("ZADD", openKey, facts.createdAt, facts.member)
addEntry(queue, facts.entry, score)
local due = isRebaseDue(queue, base, virtual)
return {"admitted", due and 1 or 0, math.floor(left.requests or -1), math.floor(left.chars or -1)}
`);

export interface JobInsertion extends NewJob {
  readonly text: string;
}

/** What a submission is held against, and what it is charged to. */
export interface AdmissionTerms {
  readonly keyId: string;
  /** Null: the key need not be there. */
  readonly keyHash: string | null;
  readonly limits: Limits;
  /** Jobs of all tenants that may wait. */
  readonly maxPendingJobs: number;
  readonly memoryIsFull: boolean;
  /** How it will be refused, unless the job is there: known beforehand. */
  readonly refused: RefusedAdmission | null;
  /** What all audio may take; undefined without a quota. */
  readonly maxAudioBytes: number | undefined;
  /** Of the tenant, against the others'. */
  readonly weight: number;
  readonly idempotency: IdempotencyReservation | null;
  readonly now: Date;
}

export interface IdempotencyReservation {
  readonly keyHash: string;
  readonly value: string;
  readonly ttlMs: number;
}

export type LimitReached = keyof Limits | "memory" | "storage" | "allPendingJobs";

/** What the key may still submit; null where it has no limit. */
export interface RateLeft {
  readonly requests: number | null;
  readonly chars: number | null;
}

export interface RefusedAdmission {
  readonly limit: LimitReached;
  /** Null where nobody knows. */
  readonly waitMs: number | null;
  readonly left: RateLeft;
}

export type Admission =
  | { readonly kind: "unknown_key" }
  | { readonly kind: "named"; readonly value: string }
  | { readonly kind: "exists" }
  | ({ readonly kind: "refused" } & RefusedAdmission)
  | { readonly kind: "admitted"; readonly left: RateLeft };

export interface AdmitJobDeps {
  readonly redis: Redis;
  readonly keys: Keys;
}

export async function admitJob(
  { redis, keys }: AdmitJobDeps,
  job: JobInsertion & { readonly entry: EntryFields },
  terms: AdmissionTerms,
): Promise<Admission> {
  const { id, tenant } = job;
  const month = terms.now.toISOString().slice(0, "2026-11".length);
  const reply = (await runScript(redis, ADMIT_JOB, {
    keys: [
      keys.job(tenant, id),
      keys.text(tenant, id),
      keys.jobs(tenant),
      keys.jobsWithStatus(tenant, "pending"),
      keys.openJobs,
      keys.idempotency(tenant, terms.idempotency?.keyHash ?? ""),
      keys.rateBuckets(terms.keyId),
      keys.charsOfMonth(tenant, month),
      keys.fairClock,
      keys.fairLanes(tenant),
      keys.audioBytes,
      keys.apiKey(terms.keyHash ?? ""),
      queueKey(keys, queueNames.synthesis),
    ],
    args: [
      JSON.stringify(factsOf(job, terms)),
      textToSend(job, terms),
      ...Object.entries(newJobRecord(job)).flat(),
    ],
  })) as [string, ...unknown[]];
  if (reply[0] === "admitted" && reply[1] === 1) {
    // The job is in, whatever becomes of this: the next one is told again.
    await rebaseScores(redis, keys).catch(() => undefined);
  }
  return parseReply(reply);
}

/** A text that will not be kept would cost Redis more than all the rest of its refusal. */
function textToSend({ text }: JobInsertion, { memoryIsFull, refused }: AdmissionTerms): string {
  return memoryIsFull || refused !== null ? "" : text;
}

function factsOf(job: JobInsertion & { readonly entry: EntryFields }, terms: AdmissionTerms) {
  const { id, request, createdAt, entry } = job;
  const { keyId, keyHash, limits, maxPendingJobs, memoryIsFull, maxAudioBytes, refused, now, idempotency } =
    terms;
  return {
    id,
    member: memberOf({ tenant: job.tenant, jobId: id }),
    createdAt: createdAt.getTime(),
    now: now.getTime(),
    monthEndsAt: Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1),
    chars: request.textChars,
    ...fairShareOf(request, terms.weight),
    limits,
    maxPendingJobs,
    memoryIsFull,
    maxAudioBytes,
    ...(refused !== null && { refused: { limit: refused.limit, waitMs: refused.waitMs ?? undefined } }),
    ...(keyHash !== null && { key: keyId }),
    ...(idempotency !== null && { idempotency: { value: idempotency.value, ttlMs: idempotency.ttlMs } }),
    entry,
  };
}

function parseReply([kind, ...rest]: [string, ...unknown[]]): Admission {
  switch (kind) {
    case "named":
      return { kind, value: String(rest[0]) };
    case "refused": {
      const [limit, waitMs, ...left] = rest as [LimitReached, number, number, number];
      return { kind, limit, waitMs: orNull(waitMs), left: parseLeft(left) };
    }
    case "admitted":
      return { kind, left: parseLeft(rest.slice(1) as [number, number]) };
    case "unknown_key":
      return { kind };
    default:
      return { kind: "exists" };
  }
}

function parseLeft([requests, chars]: readonly [number, number]): RateLeft {
  return { requests: orNull(requests), chars: orNull(chars) };
}

function orNull(amount: number): number | null {
  return amount < 0 ? null : amount;
}
