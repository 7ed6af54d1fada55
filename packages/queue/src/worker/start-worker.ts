import { Worker, type Job as BullJob } from "bullmq";
import type { Redis } from "ioredis";
import { withDeadline } from "@herald/shared/with-deadline";
import type { QueueName } from "../queues/entries.ts";
import { KEPT_ENTRIES } from "../queues/work-queue.ts";
import { scheduledDelayMs } from "../queues/retry-backoff.ts";
import { isRedisUnavailable } from "@herald/platform/redis/connect";
import type { Keys } from "@herald/platform/redis/keys";
import { startHeartbeat } from "./heartbeat.ts";
import { createHoldOff } from "./hold-off.ts";
import { settle, type Outcome } from "./outcome.ts";
import { watchRetirement, type Retirement } from "./retirement.ts";
import { watchWorker, type WorkerWatch } from "./watch-worker.ts";

/** One delivery of a queue entry to this worker. */
export interface Attempt<Entry> {
  readonly id: string;
  readonly entry: Entry;
  /** 1-based. Attempts that were interrupted do not count. */
  readonly number: number;
  readonly isLast: boolean;
  readonly enqueuedAt: Date;
  /** By which this worker holds the entry: BullMQ's lock has another value, or none, when it does not any more. */
  readonly token: string;
}

/** One that throws because Redis is away, full or not ready is made again later: no attempt is used. */
export type Processor<Entry> = (attempt: Attempt<Entry>, signal: AbortSignal) => Promise<Outcome>;

export interface WorkerOptions<Entry> {
  readonly queue: QueueName;
  readonly keys: Keys;
  readonly redis: Redis;
  /** Of its own for each process, so that its jobs can be told from those of others when it is lost. */
  readonly workerId: string;
  readonly concurrency: number;
  readonly process: Processor<Entry>;
  /** Whether the queue's recent past shows what was completed, which is so unless it is said. Failed entries are kept in any case. */
  readonly keepsCompleted?: boolean;
  /** Delays of a retry schedule that BullMQ has no formula for. */
  readonly retryDelaysMs?: readonly number[];
  /** How long running attempts may take to finish after a stop was asked for. */
  readonly graceMs: number;
  /** For how long it may take nothing, while jobs wait and it has room, before it counts as stuck. */
  readonly stuckAfterMs: number;
  /** When to let a new process take over; never, unless it is said. */
  readonly retirement?: Retirement;
  readonly onError: (error: Error) => void;
  /** An attempt's lock ran out: this worker's own, or one of a worker that was lost, which this one found. */
  readonly onLoss?: (reason: "lock_lost" | "stalled") => void;
}

export interface RunningWorker extends WorkerWatch {
  /** Settles, with the reason, when the process should end for a new one to take its place. */
  readonly retired: Promise<string>;
  /** A health check: rejects from the moment that the worker was asked to stop. */
  checkTaking(): Promise<void>;
  /**
   * Takes nothing more until it is called with false. What it has, it finishes; the queue itself is not paused. Does nothing
   * once the worker was asked to stop.
   */
  hold(isHeld: boolean): void;
}

// Engines and sockets never block the main loop, so a lock that was not renewed for 10 s means a dead or frozen process.
// A killed worker's jobs run again within lockDuration + stalledInterval.
const LOCK_MS = 10_000;
const STALLED_CHECK_MS = 5_000;
/**
 * An idle worker is told of what comes. That it looks by itself is for what a worker was told last that was killed then, and
 * costs an idle deployment a fifth of what it asks of Redis; the connection counts as dead after 12 s of silence.
 */
const IDLE_LOOK_SECONDS = 10;
/** BullMQ's own is 15 s: it would sleep on while Redis is long back. */
const RETRY_MS = 500;
/** A job that takes its worker down with it is given up after this many losses. */
export const MAX_LOSSES = 3;
/** After the grace, this long for attempts to hand their jobs back. */
const HAND_BACK_MS = 3_000;
/** Then this long for BullMQ to notice that its connection is gone. */
const LET_GO_MS = 500;

/** Why an attempt's signal is aborted. */
const SHUTDOWN = "shutdown";
const LOCK_LOST = "lock lost";

/**
 * Starts to consume a queue. Stopping takes nothing new, lets attempts finish within the grace, then aborts them so that
 * they hand their jobs back, and gives up on Redis being there for that soon after.
 */
export function startWorker<Entry>(options: WorkerOptions<Entry>): RunningWorker {
  const { retryDelaysMs = [], concurrency, onError, onLoss = () => undefined } = options;
  let taken = 0;
  let active = 0;
  let isHeld = false;
  let isPaused = false;
  // A connection of its own, because a stop must be able to break off what waits for a Redis that is away.
  const connection = options.redis.duplicate();
  connection.on("error", () => undefined); // The worker passes them on while it runs.
  const worker: Worker<Entry> = new Worker<Entry>(options.queue, runAttempt, {
    connection,
    name: options.workerId,
    prefix: options.keys.queuePrefix,
    concurrency,
    lockDuration: LOCK_MS,
    stalledInterval: STALLED_CHECK_MS,
    maxStalledCount: MAX_LOSSES,
    removeOnComplete: options.keepsCompleted === false ? { count: 0 } : KEPT_ENTRIES,
    removeOnFail: KEPT_ENTRIES,
    drainDelay: IDLE_LOOK_SECONDS,
    runRetryDelay: RETRY_MS,
    settings: { backoffStrategy: (attemptsMade) => scheduledDelayMs(retryDelaysMs, attemptsMade) },
  });
  worker.on("error", onError);
  // Somebody else may have the job by now: whatever this attempt still does is void, so it may as well stop.
  worker.on("lockRenewalFailed", (ids) => {
    for (const id of ids) {
      worker.cancelJob(id, LOCK_LOST);
      onLoss("lock_lost");
    }
  });
  worker.on("stalled", () => {
    onLoss("stalled");
  });

  // BullMQ passes a signal only to a function that declares all three parameters.
  async function runAttempt(entry: BullJob<Entry>, token?: string, signal?: AbortSignal): Promise<void> {
    taken++;
    active++;
    await attempt(entry, token, signal).finally(() => active--);
    retirement.onDone(taken);
  }

  async function attempt(entry: BullJob<Entry>, token?: string, signal?: AbortSignal): Promise<void> {
    const outcome = await outcomeOf(describe(entry, token), signal ?? new AbortController().signal);
    const isLost = signal?.reason === LOCK_LOST;
    await settle(isLost ? { kind: "let_go" } : outcome, { queue: options, entry, token, onError });
  }

  async function outcomeOf(attempt: Attempt<Entry>, signal: AbortSignal): Promise<Outcome> {
    try {
      const outcome = await options.process(attempt, signal);
      holdOff.relax();
      return outcome;
    } catch (error) {
      if (!isRedisUnavailable(error)) throw error;
      onError(error as Error);
      holdOff.begin();
      return { kind: "hand_back" };
    }
  }

  function pauseOrResume(): void {
    const shouldPause = isHeld || holdOff.isHolding();
    if (shouldPause === isPaused) return;
    isPaused = shouldPause;
    (isPaused ? worker.pause(true) : worker.resume()).catch(onError);
  }

  const holdOff = createHoldOff(pauseOrResume);
  const retirement = watchRetirement(options.retirement ?? {});
  const heartbeat = startHeartbeat(options);
  const watch = watchWorker({
    ...options,
    facts: () => ({ hasRoom: !isPaused && active < concurrency, taken }),
  });
  let stopped: Promise<void> | undefined;
  return {
    stuck: () => watch.stuck(),
    failed: watch.failed,
    retired: retirement.retired,
    checkTaking: () =>
      stopped === undefined
        ? Promise.resolve()
        : Promise.reject(new Error("it takes nothing new: it was asked to stop")),
    hold(shouldHold) {
      if (stopped !== undefined) return;
      isHeld = shouldHold;
      pauseOrResume();
    },
    stop() {
      holdOff.stop();
      return (stopped ??= watch
        .stop()
        .then(() => drain({ worker, connection, graceMs: options.graceMs }))
        .then(() => heartbeat.stop()));
    },
  };
}

function describe<Entry>(queued: BullJob<Entry>, token = ""): Attempt<Entry> {
  const number = queued.attemptsMade + 1;
  return {
    id: queued.id ?? "",
    entry: queued.data,
    number,
    isLast: number >= (queued.opts.attempts ?? 1),
    enqueuedAt: new Date(queued.timestamp + (queued.opts.delay ?? 0)),
    token,
  };
}

interface Draining {
  readonly worker: Worker;
  readonly connection: Redis;
  readonly graceMs: number;
}

async function drain({ worker, connection, graceMs }: Draining): Promise<void> {
  // A second close(true) would only wait for the first: what breaks it off is the end of its connection.
  const closed = worker.close();
  if (await outlasts(closed, graceMs)) {
    worker.cancelAllJobs(SHUTDOWN);
  }
  const stuck = await outlasts(closed, HAND_BACK_MS);
  connection.disconnect();
  if (stuck) {
    // Redis is away, or an attempt ignores its signal: the lock runs out and another worker takes over.
    await outlasts(closed, LET_GO_MS);
  }
}

async function outlasts(work: Promise<void>, ms: number): Promise<boolean> {
  return withDeadline(work, ms).then(
    () => false,
    () => true,
  );
}
