import type { Redis } from "ioredis";
import { AppError } from "@herald/shared/errors";
import { parseJobRecord } from "./job-record.ts";
import { firstJobIdAt } from "@herald/shared/jobs/ids";
import type { Job } from "@herald/shared/jobs/job";
import type { ClaimedJob, JobChange, JobStatus } from "@herald/shared/jobs/status";
import type { JobRef, Keys } from "@herald/platform/redis/keys";
import { applyJobChange } from "./apply-job-change.ts";
import { claimJob, type ClaimRequest } from "./claim-job.ts";
import { recordProgress, type Progress } from "./record-progress.ts";

export interface JobQuery {
  readonly tenant: string;
  readonly status: JobStatus | null;
  readonly createdAfter: Date | null;
  readonly createdBefore: Date | null;
  /** The last job of the page before. */
  readonly afterJobId: string | null;
  readonly limit: number;
}

export interface JobPage {
  readonly jobs: readonly Job[];
  readonly hasMore: boolean;
  /** Where the next page begins. Not always the last of `jobs`: a record may expire while the page is read. */
  readonly lastJobId: string | null;
}

export type Claim =
  | {
      readonly kind: "claimed";
      readonly job: Job & ClaimedJob;
      readonly text: string;
      readonly formerFence: string | null;
    }
  | { readonly kind: "finished"; readonly job: Job }
  | { readonly kind: "gone" }
  /** The worker lost the queue entry before it came to claim the job. */
  | { readonly kind: "not_held" };

export interface JobStore {
  find(ref: JobRef): Promise<Job | null>;
  list(query: JobQuery): Promise<JobPage>;
  claim(request: ClaimRequest): Promise<Claim>;
  /** Writes a change that does not end the job; endings go through `finishJob`, which also owes a webhook. */
  apply(change: JobChange<"pending">): Promise<"applied" | "stale">;
  recordProgress(progress: Progress): Promise<"applied" | "stale">;
  /** Those of the claims that do not stand any more: cancelled, ended or taken over. In one round trip. */
  lostClaims(claims: readonly ClaimedJob[]): Promise<readonly ClaimedJob[]>;
}

export function createJobStore(redis: Redis, keys: Keys): JobStore {
  async function find(ref: JobRef): Promise<Job | null> {
    return parseJobRecord(ref, await redis.hgetall(keys.job(ref.tenant, ref.jobId)));
  }

  return {
    find,

    async list(query) {
      const ids = await redis.zrevrangebylex(
        query.status === null ? keys.jobs(query.tenant) : keys.jobsWithStatus(query.tenant, query.status),
        upperBound(query),
        query.createdAfter === null ? "-" : `[${firstJobIdAt(new Date(query.createdAfter.getTime() + 1))}`,
        "LIMIT",
        0,
        query.limit + 1,
      );
      const page = ids.slice(0, query.limit);
      const found = await Promise.all(page.map((jobId) => find({ tenant: query.tenant, jobId })));
      return {
        jobs: found.filter((job) => job !== null),
        hasMore: ids.length > query.limit,
        lastJobId: page.at(-1) ?? null,
      };
    },

    async claim(request) {
      const reply = await claimJob(redis, keys, request);
      if (reply === "not_held") {
        return { kind: "not_held" };
      }
      const job = reply === null ? null : parseJobRecord(request.ref, reply.record);
      if (reply === null || job === null) {
        return { kind: "gone" };
      }
      if (job.status !== "processing") {
        return { kind: "finished", job };
      }
      if (reply.text === null) {
        // Not a verdict on the job: an attempt that cannot be made counts as one that went wrong.
        throw new AppError("internal_error", "the text of an unfinished job is missing");
      }
      const claimed = { ...job, fence: request.fence };
      return { kind: "claimed", job: claimed, text: reply.text, formerFence: reply.formerFence };
    },

    apply: (change) => applyJobChange(redis, keys, change),
    recordProgress: (progress) => recordProgress(redis, keys, progress),

    async lostClaims(claims) {
      const fences = await Promise.all(
        claims.map(({ tenant, id }) => redis.hmget(keys.job(tenant, id), "status", "fence")),
      );
      return claims.filter(({ fence }, i) => {
        const [status, standing] = fences[i] ?? [];
        return status !== "processing" || standing !== fence;
      });
    },
  };
}

/** Newest first: the page starts below the last id of the page before, and below `createdBefore`. */
function upperBound({ afterJobId, createdBefore }: JobQuery): string {
  const bounds = [afterJobId, createdBefore === null ? null : firstJobIdAt(createdBefore)];
  const lowest = bounds.filter((bound) => bound !== null).sort()[0];
  return lowest === undefined ? "+" : `(${lowest}`;
}
