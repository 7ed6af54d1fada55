import type { Job as BullJob } from "bullmq";
import { remindWorkers, type RemindedQueue } from "./remind-workers.ts";

/**
 * Puts an entry back to the head of its queue with no attempt used: BullMQ puts one that has a priority before its
 * peers, by the priority that stands in Redis now. But it tells no waiting worker of it (6.7), and an idle one would
 * find it seconds later.
 */
export async function giveBack(
  queue: RemindedQueue,
  entry: BullJob,
  token: string | undefined,
): Promise<void> {
  await entry.moveToWait(token);
  if (entry.priority > 0) {
    // A Redis without memory takes the entry and refuses the marker: an idle worker looks by itself then.
    await remindWorkers(queue).catch(() => undefined);
  }
}
