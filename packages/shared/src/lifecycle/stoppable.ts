/** Anything started. Stopping twice is allowed; `stop` resolves when nothing is left behind. */
export interface Stoppable {
  stop(): Promise<void>;
}
