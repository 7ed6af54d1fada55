import { Queue, UnrecoverableError, type Job as BullJob } from "bullmq";
import type { Redis } from "ioredis";
import type { Stoppable } from "@herald/shared/stoppable";
import type { QueueName } from "../queues/entries.ts";
import { KEPT_ENTRIES, WORKER_LOST } from "../queues/work-queue.ts";
import type { Keys } from "@herald/platform/redis/keys";
import { giveBack } from "./give-back.ts";
import { forgetWorkers, HEARD_MS, silentWorkers } from "./heartbeat.ts";
import { remindWorkers } from "./remind-workers.ts";
import { MAX_LOSSES } from "./start-worker.ts";

export type Rescue = "handed_back" | "given_up";

export interface RescueOptions {
  readonly queue: QueueName;
  readonly redis: Redis;
  readonly keys: Keys;
  readonly onRescued: (rescue: Rescue, entryId: string) => void;
  readonly onError: (error: unknown) => void;
}

/** As long as every worker beats, a look is one question. */
const LOOK_MS = 250;
/** After Redis was away or frozen nobody has beaten, and workers need this long to be connected again. */
const COMING_BACK_MS = 3_000;
/** More than a deployment of one Redis works on at once; what is beyond comes with a later look. */
const MAX_LOOKED_AT = 2000;
/** The losses of an entry are forgotten an hour after the last one of its queue. */
const LOSSES_KEPT_SECONDS = 3600;

/**
 * Gives the jobs of a worker that was killed to another one within seconds. Redis knows at once that a dead process's
 * connection is gone; a worker counts as dead when it missed its beats and is not connected, at two looks in a row.
 * What it had goes back to the head of its queue with no attempt used, and is given up when that happened too often: it
 * may be what kills workers. What it was told of and had not taken yet, others are told of again. A worker that is alive
 * all the same does no harm, because the fence makes its outcome void.
 * BullMQ's own check for stalled entries stays behind this for frozen workers, and for a Redis that lists no clients.
 */
export function startRescue(options: RescueOptions): Stoppable {
  const { redis, keys, queue: name, onError } = options;
  const queue = new Queue(name, {
    connection: redis,
    prefix: keys.queuePrefix,
    skipVersionCheck: true,
    skipWaitingForReady: true,
  });
  queue.on("error", () => undefined); // The connection's owner logs its errors.
  let suspects: ReadonlySet<string> = new Set();
  let looking = false;
  let trustedFrom = 0;

  const distrust = (): void => {
    trustedFrom = performance.now() + COMING_BACK_MS;
    suspects = new Set();
  };

  async function look(): Promise<void> {
    const silent = await silentWorkers(options);
    const missing = silent.size === 0 ? silent : await leaveOutConnected(queue, silent);
    const dead = new Set([...missing].filter((worker) => suspects.has(worker)));
    suspects = missing;
    if (dead.size > 0 && performance.now() >= trustedFrom) await rescueFrom(dead);
  }

  async function rescueFrom(dead: ReadonlySet<string>): Promise<void> {
    const active = await queue.getActive(0, MAX_LOOKED_AT - 1);
    const theirs = active.filter((entry) => dead.has(entry.processedBy ?? ""));
    for (const entry of theirs) await rescue(entry, options);
    await remindWorkers(options);
    if (theirs.length === 0 && active.length < MAX_LOOKED_AT) await forgetWorkers(options, dead);
  }

  async function lookInTime(): Promise<void> {
    const startedAt = performance.now();
    await look();
    if (performance.now() - startedAt >= HEARD_MS) distrust();
  }

  const timer = setInterval(() => {
    if (looking || redis.status !== "ready") return;
    looking = true;
    lookInTime()
      .catch(onError)
      .finally(() => (looking = false));
  }, LOOK_MS);
  const onReady = (): void => {
    distrust();
    remindWorkers(options).catch(onError);
  };
  redis.on("ready", onReady);
  return {
    async stop() {
      clearInterval(timer);
      redis.off("ready", onReady);
      await queue.close();
    },
  };
}

/** One that is slow to beat is still connected: its CPU is taken, or it is frozen. */
async function leaveOutConnected(queue: Queue, silent: ReadonlySet<string>): Promise<ReadonlySet<string>> {
  const clients = await queue.getWorkers();
  const connected = new Set(clients.map(({ rawname = "" }) => rawname.split(":w:").at(-1)));
  return new Set([...silent].filter((worker) => !connected.has(worker)));
}

async function rescue(entry: BullJob, options: RescueOptions): Promise<void> {
  const { onRescued } = options;
  const id = entry.id ?? "";
  const token = await lockOf(entry, options);
  if (token === null) return;
  if ((await countLoss(options, id)) < MAX_LOSSES) {
    await giveBack(options, entry, token);
    onRescued("handed_back", id);
    return;
  }
  // The reconciler finds the record without an entry that could still end it, and ends it.
  entry.opts.removeOnFail = KEPT_ENTRIES;
  await entry.moveToFailed(new UnrecoverableError(WORKER_LOST), token);
  onRescued("given_up", id);
}

/**
 * The token by which the dead worker holds the entry. Null when its lock ran out meanwhile, so that BullMQ's own check has the
 * entry, or when another housekeeper was first and a worker that lives has it.
 */
async function lockOf({ id = "", processedBy }: BullJob, options: RescueOptions): Promise<string | null> {
  const { redis, keys, queue } = options;
  // "pb" is BullMQ's name for the field behind `processedBy`.
  const held = redis.multi().get(keys.entryLock(queue, id)).hget(keys.queueEntry(queue, id), "pb");
  const [token, holder] = ((await held.exec()) ?? []).map(([, reply]) => reply as string | null);
  return holder === processedBy ? (token ?? null) : null;
}

async function countLoss({ redis, keys, queue }: RescueOptions, id: string): Promise<number> {
  const key = keys.losses(queue);
  const losses = await redis.hincrby(key, id, 1);
  await redis.expire(key, LOSSES_KEPT_SECONDS);
  return losses;
}
