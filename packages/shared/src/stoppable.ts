/** Anything started. Stopping twice is allowed; `stop` resolves when nothing is left behind. */
export interface Stoppable {
  stop(): Promise<void>;
}

/** All that a process runs. */
export interface Running extends Stoppable {
  /** Settles, with the reason, when no work is possible any more and only the process's end can help. */
  readonly failed?: Promise<Error>;
  /** Settles, with the reason, when a new process should take this one's place before it rots. It then stops as if asked to. */
  readonly retired?: Promise<string>;
}
