/** What can be seen of a worker at one moment. */
export interface ProgressFacts {
  /** Jobs that could be taken now. */
  readonly waiting: number;
  /** Whether the worker would take one more. */
  readonly hasRoom: boolean;
  /** How many it has taken in its life. */
  readonly taken: number;
}

export interface ProgressWatch {
  observe(facts: ProgressFacts): void;
  /** Since when jobs have waited, at every look, for a worker with room that took none of them: in milliseconds. */
  idleMs(): number;
}

/**
 * Tells a worker that has lost its grip on the queue from one without work. A worker whose connection answers, and that
 * still takes nothing, is the failure that no ping shows.
 */
export function createProgressWatch(now: () => number): ProgressWatch {
  let idleSince: number | null = null;
  let takenBefore = 0;
  return {
    observe({ waiting, hasRoom, taken }) {
      const isIdle = waiting > 0 && hasRoom && taken === takenBefore;
      takenBefore = taken;
      idleSince = isIdle ? (idleSince ?? now()) : null;
    },
    idleMs: () => (idleSince === null ? 0 : now() - idleSince),
  };
}
