export * from "./api-key-store.ts";
export * from "./cancellations.ts";
export * from "./create-job.ts";
export * from "./delivery-store.ts";
export * from "./finish-job.ts";
export * from "./job-store.ts";
export type { Delivery } from "./delivery-record.ts";
export * from "./upkeep-store.ts";
export type { ListedJob, WorkList } from "./work-list.ts";
