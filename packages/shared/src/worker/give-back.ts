import type { Job as BullJob } from "bullmq";

/**
 * Puts an entry back to the head of its queue with no attempt used. BullMQ 6.7 tells no waiting worker of an entry that goes
 * back with its priority, and an idle one would find it 5 s later. Being given the priority that it has tells them, but
 * moves it behind its peers; being given it once more, last in first out, brings it to their head again.
 */
export async function giveBack(entry: BullJob, token: string | undefined): Promise<void> {
  await entry.moveToWait(token);
  const { priority } = entry;
  if (priority > 0) {
    await entry.changePriority({ priority });
    await entry.changePriority({ priority, lifo: true });
  }
}
