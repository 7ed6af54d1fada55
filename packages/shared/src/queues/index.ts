export * from "./entries.ts";
export * from "./housekeeping.ts";
export * from "./queues.ts";
export type { EntryState, WorkQueue } from "./work-queue.ts";
