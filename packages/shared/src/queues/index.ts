export { queueNames, type DeliveryEntry, type JobEntry, type QueueName } from "./entries.ts";
export {
  housekeepingTasks,
  isAtWork,
  nextRunOf,
  scheduleHousekeeping,
  type HousekeepingEntry,
  type HousekeepingTask,
} from "./housekeeping.ts";
export { openOperatedQueue, type FoundEntry, type OperatedQueue } from "./operated-queue.ts";
export { createDeliveryQueue, createSynthesisQueue } from "./queues.ts";
export {
  KEPT_ENTRIES,
  WORKER_LOST,
  waitingPlaces,
  type EntryState,
  type QueuedEntry,
  type WaitingPlace,
  type WorkQueue,
} from "./work-queue.ts";
