export interface HoldOff {
  isHolding(): boolean;
  /** After an attempt that Redis did not let happen. */
  begin(): void;
  /** After one that it did. */
  relax(): void;
  stop(): void;
}

const SHORTEST_MS = 250;
/** Redis may be back for as long before it is noticed. */
const LONGEST_MS = 2_000;

/**
 * Has a worker take nothing for a moment, a longer one each time: what it hands back stands at the head of its queue, and would
 * otherwise be taken and handed back as fast as Redis can refuse it.
 */
export function createHoldOff(onChange: () => void): HoldOff {
  let timer: NodeJS.Timeout | undefined;
  let waitMs = SHORTEST_MS;
  let isStopped = false;
  return {
    isHolding: () => timer !== undefined,
    begin() {
      if (timer !== undefined || isStopped) return;
      timer = setTimeout(() => {
        timer = undefined;
        onChange();
      }, waitMs);
      waitMs = Math.min(2 * waitMs, LONGEST_MS);
      onChange();
    },
    relax() {
      waitMs = SHORTEST_MS;
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
