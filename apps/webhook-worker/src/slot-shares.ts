import type { Outcome } from "@herald/queue/worker/outcome";

export interface SlotSharesOptions {
  /** Attempts that this worker makes at once. */
  readonly slots: number;
  /** How long an attempt may take. */
  readonly timeoutMs: number;
  readonly now?: () => number;
  readonly onHeldBack: (tenant: string) => void;
  readonly onSnoozed: (reason: "tenant") => void;
}

export interface SlotShares {
  /** Does the work, unless the tenant has to wait: then it is snoozed, with no attempt used. */
  during(tenant: string, work: () => Promise<Outcome>): Promise<Outcome>;
}

/** Of the slots, as many slow attempts make a tenant one that is held back. */
const CROWD = 1 / 4;
const SLOW_MS = 1_000;
/** After it last was a crowd. */
const HELD_BACK_MS = 60_000;
/** A receiver that is well again is found as soon. */
const LONGEST_WAIT_MS = 60_000;

interface Attempt {
  readonly begunAt: number;
}

/** What one tenant has of this worker. */
interface Share {
  /** In the order of their begin. */
  readonly underWay: Set<Attempt>;
  /** How long its attempts took of late. */
  meanMs: number;
  heldBackUntil: number;
  /** When the next of its attempts that have to wait comes again. */
  nextAt: number;
}

/** How much the latest attempt says of how long they take. */
const LATEST_WEIGHT = 0.1;

/**
 * Keeps slots free for others while a tenant's receivers hang, however many names or paths they have: an endpoint's own cap
 * and breaker know only that endpoint. A tenant whose slow attempts take a quarter of the slots gets no more of them than it
 * leaves free, and several such tenants no more than all of them leave free, so there is room for others.
 */
export function createSlotShares(options: SlotSharesOptions): SlotShares {
  const { slots, timeoutMs, onHeldBack, onSnoozed, now = () => performance.now() } = options;
  const crowd = Math.max(2, Math.ceil(slots * CROWD));
  const slowMs = Math.min(SLOW_MS, timeoutMs / 4);
  const shares = new Map<string, Share>();

  function isCrowd({ underWay }: Share, at: number): boolean {
    if (underWay.size < crowd) return false;
    let slow = 0;
    for (const { begunAt } of underWay) {
      if (at - begunAt < slowMs) return false;
      if (++slow === crowd) return true;
    }
    return false;
  }

  function isHeldBack(tenant: string, share: Share, at: number): boolean {
    if (isCrowd(share, at)) {
      if (share.heldBackUntil <= at) onHeldBack(tenant);
      share.heldBackUntil = at + HELD_BACK_MS;
    }
    return share.heldBackUntil > at;
  }

  /** Slots that no tenant has who is held back. */
  function leftFree(at: number): number {
    let taken = 0;
    for (const [tenant, share] of shares) {
      if (share.heldBackUntil > at) taken += share.underWay.size;
      else forgetIdle(tenant, share);
    }
    return slots - taken;
  }

  /** Those that wait come again one after the other, as fast as its attempts have ended of late. */
  function snooze(share: Share, at: number): Outcome {
    share.nextAt = Math.max(share.nextAt, at) + share.meanMs / share.underWay.size;
    return { kind: "snooze", delayMs: Math.ceil(Math.min(share.nextAt - at, LONGEST_WAIT_MS)) };
  }

  function end(attempt: Attempt, tenant: string, share: Share): void {
    share.underWay.delete(attempt);
    share.meanMs += LATEST_WEIGHT * (now() - attempt.begunAt - share.meanMs);
    forgetIdle(tenant, share);
  }

  function forgetIdle(tenant: string, { underWay, heldBackUntil }: Share): void {
    if (underWay.size === 0 && heldBackUntil <= now()) shares.delete(tenant);
  }

  return {
    async during(tenant, work) {
      const at = now();
      const share = shares.get(tenant) ?? newShare(slowMs);
      shares.set(tenant, share);
      if (isHeldBack(tenant, share, at) && share.underWay.size >= leftFree(at)) {
        onSnoozed("tenant");
        return snooze(share, at);
      }
      const attempt = { begunAt: at };
      share.underWay.add(attempt);
      try {
        return await work();
      } finally {
        end(attempt, tenant, share);
      }
    },
  };
}

function newShare(meanMs: number): Share {
  return { underWay: new Set(), meanMs, heldBackUntil: -Infinity, nextAt: -Infinity };
}
