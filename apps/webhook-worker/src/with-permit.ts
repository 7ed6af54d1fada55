import type { AttemptOutcome } from "@herald/webhooks/deliveries/attempt-outcome";
import type {
  EndpointLimiter,
  GrantedPermit,
  Observation,
  PermitAnswer,
  PermitRef,
  Released,
  WaitReason,
} from "@herald/webhooks/limiter/endpoint-limiter";
import type { Outcome } from "@herald/queue/worker/outcome";
import { NO_OBSERVATION } from "./observation.ts";

type Waiting = Extract<PermitAnswer, { kind: "wait" }>;

export interface WithPermitDeps {
  readonly limiter: Pick<EndpointLimiter, "acquire" | "wait" | "release">;
  readonly now: () => number;
  readonly random: () => number;
  readonly onError: (error: unknown) => void;
  readonly onSnoozed: (reason: WaitReason | "rate" | "tenant") => void;
  readonly onBreaker: (permit: PermitRef, change: "opened" | "closed") => void;
}

/** What is known of a delivery that may go, and how its permit is given back. */
export interface HeldPermit extends Pick<GrantedPermit, "delivery" | "endpoint"> {
  /** Records the attempt and lets the next one go. A permit that is not released so says nothing of its endpoint. */
  readonly release: (observation: Observation, outcome: AttemptOutcome) => Promise<Released["recorded"]>;
}

/**
 * A delivery that waits is woken when it may go, by whoever releases a permit. Redis may have lost who that was: then it looks by
 * itself, long after the leases of the lost have run out. Those of a long line look one after the other, so that however many
 * wait, few ask.
 */
const UNTOLD_MS = 30_000;
const UNTOLD_SPACING_MS = 300;

/** Makes the attempt if its endpoint may be called now; otherwise it waits for a permit, with no slot and no attempt used. */
export async function withPermit(
  permit: PermitRef,
  deps: WithPermitDeps,
  attempt: (permit: HeldPermit) => Promise<Outcome>,
): Promise<Outcome> {
  const answer = await deps.limiter.acquire(permit);
  switch (answer.kind) {
    case "at":
      deps.onSnoozed("rate");
      return { kind: "snooze", delayMs: answer.time - deps.now() };
    case "wait":
      deps.onSnoozed(answer.reason);
      return {
        kind: "snooze",
        delayMs: untoldMs(answer, deps),
        // Only once it is delayed in the queue: whoever wakes it finds it there.
        onSnoozed: () => deps.limiter.wait(permit),
      };
    case "go":
      return attemptAndRelease(permit, answer, { deps, attempt });
  }
}

function untoldMs({ ahead, shutUntil }: Waiting, { now, random }: WithPermitDeps): number {
  const shutMs = Math.max(0, shutUntil - now());
  return Math.round(shutMs + (UNTOLD_MS + ahead * UNTOLD_SPACING_MS) * (1 + random()));
}

async function attemptAndRelease(
  permit: PermitRef,
  { delivery, endpoint }: GrantedPermit,
  { deps, attempt }: { deps: WithPermitDeps; attempt: (permit: HeldPermit) => Promise<Outcome> },
): Promise<Outcome> {
  const state = { isReleased: false };
  const release = async (observation: Observation, outcome?: AttemptOutcome) => {
    const { recorded, breaker } = await deps.limiter.release(permit, observation, outcome);
    state.isReleased = true;
    if (breaker !== null) deps.onBreaker(permit, breaker);
    return recorded;
  };
  try {
    return await attempt({ delivery, endpoint, release });
  } finally {
    // A lease that is not given back runs out.
    if (!state.isReleased) await release(NO_OBSERVATION).catch(deps.onError);
  }
}
