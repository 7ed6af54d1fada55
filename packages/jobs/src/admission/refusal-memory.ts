import type { Limits } from "@herald/shared/jobs/limits";
import type { RateLeft, RefusedAdmission } from "./admit-job.ts";

/** What is submitted, as far as limits a minute are concerned. */
interface Asked {
  readonly keyId: string;
  readonly limits: Limits;
  readonly request: { readonly textChars: number };
  readonly now: Date;
}

/** Keys that were refused a moment ago, so that the next of their texts need not be sent to Redis to be refused too. */
export interface RefusalMemory {
  /** How Redis would refuse this; null when only Redis can say. */
  find(asked: Asked): RefusedAdmission | null;
  /** What Redis said. Other limits than those that a key's own submissions fill are not kept. */
  keep(asked: Asked, refused: RefusedAdmission): void;
}

type RateLimit = "requestsPerMinute" | "charsPerMinute";

interface Kept {
  readonly limit: RateLimit;
  readonly perMinute: number;
  readonly chars: number;
  readonly atMs: number;
  readonly waitMs: number;
  readonly left: RateLeft;
}

/** As long as a key whose limits were raised, or whose allowance was given back, may have to wait for that. */
const KEPT_MS = 1000;
const MOST_KEPT = 10_000;

/**
 * An allowance comes back evenly and is used by submissions alone, those to other processes among them: what is too much now is
 * too much until the time that Redis named, and so is any longer text.
 */
export function createRefusalMemory(): RefusalMemory {
  const kept = new Map<string, Kept>();
  return {
    find({ keyId, limits, request, now }) {
      const known = kept.get(keyId);
      if (known === undefined) return null;
      const elapsedMs = now.getTime() - known.atMs;
      const isCurrent = elapsedMs >= 0 && elapsedMs < KEPT_MS && limits[known.limit] === known.perMinute;
      if (!isCurrent) {
        kept.delete(keyId);
        return null;
      }
      const waitMs = waitOf(known, request.textChars) - elapsedMs;
      return waitMs > 0 ? { limit: known.limit, waitMs, left: leftOf(known.left, limits, elapsedMs) } : null;
    },

    keep({ keyId, limits, request, now }, { limit, waitMs, left }) {
      if (waitMs === null || (limit !== "requestsPerMinute" && limit !== "charsPerMinute")) return;
      const [oldest] = kept.keys();
      if (kept.size >= MOST_KEPT && oldest !== undefined) kept.delete(oldest);
      const perMinute = limits[limit] ?? 0;
      kept.set(keyId, { limit, perMinute, chars: request.textChars, atMs: now.getTime(), waitMs, left });
    },
  };
}

/** From the time of the refusal on. Of a shorter text than the refused one, nothing is known. */
function waitOf({ limit, perMinute, chars, waitMs }: Kept, textChars: number): number {
  if (limit === "requestsPerMinute") return waitMs;
  return textChars < chars ? 0 : waitMs + Math.ceil(((textChars - chars) * 60_000) / perMinute);
}

function leftOf(left: RateLeft, { requestsPerMinute, charsPerMinute }: Limits, elapsedMs: number): RateLeft {
  const refilled = (amount: number | null, perMinute = 0) =>
    amount && Math.min(perMinute, Math.floor(amount + (elapsedMs * perMinute) / 60_000));
  return {
    requests: refilled(left.requests, requestsPerMinute),
    chars: refilled(left.chars, charsPerMinute),
  };
}
