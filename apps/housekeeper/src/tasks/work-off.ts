/** Whether a run has come as far as it may, having handled so many. */
export type IsOver = (handled: number) => boolean;

export interface RunLimit {
  /** Aborted when the process stops. */
  readonly signal: AbortSignal;
  /** Milliseconds, of any beginning. */
  readonly now?: () => number;
}

/** Per list and run: what is left is for the next one, so that each is told of in time and a stop need not wait. */
const MAX_ITEMS = 50_000;
const MAX_MS = 25_000;

export function limitRun({ signal, now = () => performance.now() }: RunLimit): IsOver {
  const endsAt = now() + MAX_MS;
  return (handled) => signal.aborted || handled >= MAX_ITEMS || now() >= endsAt;
}

export interface WorkingOff<Ref> {
  /** The first on the list, leaving out the first `skip`. */
  readonly next: (page: { readonly skip: number; readonly limit: number }) => Promise<readonly Ref[]>;
  /** False: it could not be done, and stays on the list. */
  readonly handle: (ref: Ref) => Promise<boolean>;
  readonly isOver: IsOver;
  readonly atOnce: number;
}

const BATCH = 500;

/**
 * Handles what is on a list until there is no more, or the run is over. What failed stays for the next run, and must not be met
 * again in this one. A whole batch of failures says that something is away, which the rest need not find out one by one.
 */
export async function workOff<Ref>({ next, handle, isOver, atOnce }: WorkingOff<Ref>): Promise<void> {
  let handled = 0;
  let failed = 0;
  while (failed < BATCH && !isOver(handled)) {
    const page = await next({ skip: failed, limit: BATCH });
    if (page.length === 0) return;
    const rest = page.values();
    const worker = async (): Promise<void> => {
      for (const ref of rest) {
        if (isOver(handled)) return;
        handled++;
        if (!(await handle(ref))) failed++;
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
  }
}
