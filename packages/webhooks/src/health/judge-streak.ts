import type { FailingStreak } from "./count-failure.ts";
import type { DisabledReason } from "../endpoints/endpoint-record.ts";

export interface StreakRules {
  /** How long an endpoint may fail without a success between. 0: for ever. */
  readonly disableAfterMs: number;
}

/** What becomes of an endpoint whose attempts fail. */
export type EndpointChange =
  | { readonly kind: "failing" }
  | { readonly kind: "disabled"; readonly reason: Exclude<DisabledReason, "paused"> };

/** An endpoint that is sent little must not be disabled for a few attempts on two bad days. */
const MIN_ATTEMPTS = 20;
/** Its tenant is warned half-way. */
const WARNED_AT = 1 / 2;

export interface StreakFacts {
  readonly streak: FailingStreak;
  readonly isGone: boolean;
  readonly now: Date;
}

/** Null: nothing becomes of it yet. */
export function judgeStreak(
  { streak, isGone, now }: StreakFacts,
  { disableAfterMs }: StreakRules,
): EndpointChange | null {
  if (isGone) {
    return { kind: "disabled", reason: "gone" };
  }
  if (disableAfterMs === 0) {
    return null;
  }
  const failingMs = now.getTime() - streak.since.getTime();
  const hasFailedFor = (share: number): boolean =>
    failingMs >= disableAfterMs * share && streak.attempts >= MIN_ATTEMPTS * share;
  if (hasFailedFor(1)) {
    return { kind: "disabled", reason: "failing" };
  }
  return hasFailedFor(WARNED_AT) && !streak.warned ? { kind: "failing" } : null;
}
