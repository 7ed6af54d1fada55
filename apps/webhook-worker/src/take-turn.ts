import type { AttemptOutcome } from "@herald/webhooks/deliveries/attempt-outcome";
import type {
  Admitted,
  Departure,
  EndpointGate,
  Entry,
  Impression,
  Turn,
  WaitReason,
} from "@herald/webhooks/limiter/endpoint-gate";
import type { Outcome } from "@herald/queue/worker/outcome";
import { NO_IMPRESSION } from "./impression.ts";

type Waiting = Extract<Entry, { kind: "wait" }>;

export interface TakeTurnDeps {
  readonly gate: Pick<EndpointGate, "enter" | "wait" | "leave">;
  readonly now: () => number;
  readonly random: () => number;
  readonly onError: (error: unknown) => void;
  readonly onPostponed: (reason: WaitReason | "rate" | "tenant") => void;
  readonly onBreaker: (turn: Turn, change: "opened" | "closed") => void;
}

/** What is known of a delivery that may go, and how its turn ends. */
export interface BegunTurn extends Pick<Admitted, "delivery" | "endpoint"> {
  /** Records the attempt and lets the next one go. A turn that is not ended so says nothing of its endpoint. */
  readonly end: (impression: Impression, outcome: AttemptOutcome) => Promise<Departure["recorded"]>;
}

/**
 * A delivery that waits is woken when it may go, by whoever leaves. Redis may have lost who that was: then it looks by
 * itself, long after the leases of the lost have run out. Those of a long line look one after the other, so that however many
 * wait, few ask.
 */
const UNTOLD_MS = 30_000;
const UNTOLD_SPACING_MS = 300;

/** Makes the attempt if its endpoint may be called now; otherwise it waits for its turn, with no slot and no attempt used. */
export async function takeTurn(
  turn: Turn,
  deps: TakeTurnDeps,
  attempt: (turn: BegunTurn) => Promise<Outcome>,
): Promise<Outcome> {
  const entry = await deps.gate.enter(turn);
  switch (entry.kind) {
    case "at":
      deps.onPostponed("rate");
      return { kind: "postpone", delayMs: entry.time - deps.now() };
    case "wait":
      deps.onPostponed(entry.reason);
      return {
        kind: "postpone",
        delayMs: untoldMs(entry, deps),
        // Only once it is delayed in the queue: whoever wakes it finds it there.
        onPostponed: () => deps.gate.wait(turn),
      };
    case "go":
      return attemptAndLeave(turn, entry, { deps, attempt });
  }
}

function untoldMs({ ahead, shutUntil }: Waiting, { now, random }: TakeTurnDeps): number {
  const shutMs = Math.max(0, shutUntil - now());
  return Math.round(shutMs + (UNTOLD_MS + ahead * UNTOLD_SPACING_MS) * (1 + random()));
}

async function attemptAndLeave(
  turn: Turn,
  { delivery, endpoint }: Admitted,
  { deps, attempt }: { deps: TakeTurnDeps; attempt: (turn: BegunTurn) => Promise<Outcome> },
): Promise<Outcome> {
  const state = { hasLeft: false };
  const leave = async (impression: Impression, outcome?: AttemptOutcome) => {
    const { recorded, breaker } = await deps.gate.leave(turn, impression, outcome);
    state.hasLeft = true;
    if (breaker !== null) deps.onBreaker(turn, breaker);
    return recorded;
  };
  try {
    return await attempt({ delivery, endpoint, end: leave });
  } finally {
    // A lease that is not given back runs out.
    if (!state.hasLeft) await leave(NO_IMPRESSION).catch(deps.onError);
  }
}
