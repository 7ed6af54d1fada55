import type { Stoppable } from "@herald/shared/stoppable";
import { withDeadline } from "@herald/shared/with-deadline";

export interface StorageBreakerOptions {
  /** Throws unless the storage takes a write now. */
  readonly check: () => Promise<void>;
  /** From now on no job is taken, until it is called with false. */
  readonly hold: (isHeld: boolean) => void;
  readonly onChange: (state: "open" | "closed", reason?: unknown) => void;
  readonly probeMs?: number;
}

export interface StorageBreaker extends Stoppable {
  isOpen(): boolean;
  /**
   * After an attempt that could not store its audio: whether the storage takes no write at all, so that no attempt is used. A
   * fault that only this audio meets, because it is too large for instance, is the job's, however many of them there are.
   */
  blame(fault: unknown): Promise<boolean>;
  /** After an attempt that could. */
  absolve(): void;
}

const PROBE_MS = 1000;
const PROBE_DEADLINE_MS = 5000;
/** Without a success between them: a disk may have room for a probe, and for no audio. Their attempts count all the same. */
const MANY_FAULTS = 5;
const LONGEST_HOLD_MS = 30_000;

/**
 * Keeps this worker from taking jobs while they could not be stored, rather than let each of them use up its attempts. Each
 * worker has its own: what one of them cannot reach, another may. Pausing the queue is an operator's, and another thing.
 */
export function createStorageBreaker(options: StorageBreakerOptions): StorageBreaker {
  const { check, hold, onChange, probeMs = PROBE_MS } = options;
  let isOpen = false;
  let isStopped = false;
  let faultsInARow = 0;
  let holdMs = probeMs;
  let timer: NodeJS.Timeout | undefined;
  let tookTheLast = true;

  async function takesAWrite(): Promise<boolean> {
    tookTheLast = await withDeadline(check(), PROBE_DEADLINE_MS).then(
      () => true,
      () => false,
    );
    return tookTheLast;
  }

  function open(reason: unknown): void {
    if (isOpen || isStopped) return;
    isOpen = true;
    hold(true);
    onChange("open", reason);
    timer = setTimeout(() => void probe(), holdMs);
    holdMs = Math.min(2 * holdMs, LONGEST_HOLD_MS);
  }

  async function probe(): Promise<void> {
    const takes = await takesAWrite();
    if (isStopped) return;
    if (!takes) {
      timer = setTimeout(() => void probe(), probeMs);
      return;
    }
    isOpen = false;
    hold(false);
    onChange("closed");
  }

  return {
    isOpen: () => isOpen,
    async blame(fault) {
      faultsInARow++;
      // Who is held because of a failed probe asks again by itself.
      const isDown = (isOpen && !tookTheLast) || !(await takesAWrite());
      if (isDown || faultsInARow >= MANY_FAULTS) open(fault);
      return isDown;
    },
    absolve() {
      faultsInARow = 0;
      holdMs = probeMs;
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
      return Promise.resolve();
    },
  };
}
