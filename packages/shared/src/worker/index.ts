export type { Outcome } from "./outcome.ts";
export { announcePresence, countWorkers } from "./presence.ts";
export { startRescue } from "./rescue.ts";
export {
  startWorker,
  type Attempt,
  type Processor,
  type RunningWorker,
  type WorkerOptions,
} from "./start-worker.ts";
export * from "./worker-process.ts";
