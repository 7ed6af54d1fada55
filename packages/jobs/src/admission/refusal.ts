import type { ErrorCode } from "@herald/shared/error-kinds";
import { AppError } from "@herald/shared/errors";
import type { Limits } from "@herald/shared/jobs/limits";
import type { LimitReached, RateLeft, RefusedAdmission } from "./admit-job.ts";

export const refusalCodes = [
  "rate_limited",
  "quota_exceeded",
  "queue_full",
  "storage_full",
] as const satisfies ErrorCode[];
export type RefusalCode = (typeof refusalCodes)[number];

interface RefusalRule {
  readonly code: RefusalCode;
  readonly message: (limit: number) => string;
  /** When trying again is worth it; for limits that fill up evenly, Redis knows. */
  readonly retryAfterMs?: number;
  /** A client should not sit and wait for it. */
  readonly hopeless?: true;
}

/** A place becomes free when a worker takes a job: a deployment that works takes some every second. */
const SOON_MS = 5_000;
/** Memory comes back as jobs end and records expire, storage as audio does. */
const LATER_MS = 30_000;

const RULES: Readonly<Record<LimitReached, RefusalRule>> = {
  requestsPerMinute: {
    code: "rate_limited",
    message: (limit) => `this API key may submit ${limit} jobs a minute`,
  },
  charsPerMinute: {
    code: "rate_limited",
    message: (limit) => `this API key may submit ${limit} characters a minute`,
  },
  pendingJobs: {
    code: "quota_exceeded",
    message: (limit) => `${limit} jobs of this tenant are waiting, and no more may`,
    retryAfterMs: SOON_MS,
  },
  charsPerMonth: {
    code: "quota_exceeded",
    message: (limit) =>
      `this tenant may submit ${limit} characters a month, and this text is more than what is left`,
    hopeless: true,
  },
  allPendingJobs: {
    code: "queue_full",
    message: () => "too many jobs are waiting: try again shortly",
    retryAfterMs: SOON_MS,
  },
  memory: {
    code: "queue_full",
    message: () => "the job store has little memory left: try again later",
    retryAfterMs: LATER_MS,
  },
  storage: {
    code: "storage_full",
    message: () => "there is no room for more audio: try again later",
    retryAfterMs: LATER_MS,
  },
};

/** A submission that was turned down because a limit is reached. Nothing was charged and nothing is left of it. */
export class Refusal extends AppError {
  declare readonly code: RefusalCode;
  readonly left: RateLeft;
  readonly limits: Limits;
  readonly retryAfterMs: number;
  readonly shouldRetry: boolean;

  constructor({ limit, waitMs, left }: RefusedAdmission, limits: Limits) {
    const { code, message, retryAfterMs, hopeless } = RULES[limit];
    super(code, message(limits[limit as keyof Limits] ?? 0));
    this.left = left;
    this.limits = limits;
    this.retryAfterMs = waitMs ?? retryAfterMs ?? SOON_MS;
    this.shouldRetry = hopeless !== true;
  }
}

/** A text that is longer than a whole minute's or month's limit could be sent for ever. */
export function refuseEndlessWait({ charsPerMinute, charsPerMonth }: Limits, textChars: number): void {
  const most = Math.min(charsPerMinute ?? Infinity, charsPerMonth ?? Infinity);
  if (textChars > most) {
    throw new AppError("text_too_long", `this API key may submit at most ${most} characters at once`, {
      param: "text",
    });
  }
}
