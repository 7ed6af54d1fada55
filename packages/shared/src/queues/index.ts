export * from "./entries.ts";
export * from "./housekeeping.ts";
export * from "./queues.ts";
export { openOperatedQueue } from "./operated-queue.ts";
export type { FoundEntry, OperatedQueue, OperatedQueueOptions } from "./operated-queue.ts";
export {
  KEPT_ENTRIES,
  waitingPlaces,
  type EntryState,
  type QueuedEntry,
  type WaitingPlace,
  type WorkQueue,
} from "./work-queue.ts";
