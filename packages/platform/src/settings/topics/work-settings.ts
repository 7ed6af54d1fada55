import { availableParallelism, tmpdir } from "node:os";
import { API, SYNTHESIS, WEBHOOKS, HOUSEKEEPER, WORKERS, setting } from "../values/setting.ts";
import * as value from "../values/value-schemas.ts";

/** How jobs are spoken, and when a worker is replaced. */
export const WORK_SETTINGS = {
  DEFAULT_VOICE: setting({
    schema: value.matching(/^[\w.:+-]{1,64}$/, "the id of a voice"),
    byDefault: "en-us",
    description: "Voice of a request that names none.",
    readBy: API,
  }),
  SYNTHESIS_CONCURRENCY: setting({
    schema: value.integer(1, 256),
    byDefault: String(availableParallelism()),
    defaultText: "the number of CPUs",
    description: "Engine processes of one worker, and so the jobs that it speaks at once.",
    readBy: SYNTHESIS,
  }),
  SYNTHESIS_ATTEMPTS: setting({
    schema: value.integer(1, 20),
    byDefault: "3",
    description: "Attempts at a job before it fails.",
    readBy: [...API, ...HOUSEKEEPER],
  }),
  WORKER_STUCK_AFTER: setting({
    schema: value.duration("5s", "1h"),
    byDefault: "30s",
    description:
      "A worker that takes nothing for this long, while jobs wait and it has room, is not live; after twice as long it ends itself, to be started again.",
    readBy: WORKERS,
  }),
  WORKER_MAX_JOBS: setting({
    schema: value.integer(1, 1_000_000_000),
    byDefault: undefined,
    description:
      "After about as many jobs, a worker finishes what it has and ends, to be started again. Replicas do so at different times.",
    readBy: [...SYNTHESIS, ...WEBHOOKS],
  }),
  WORKER_MEMORY_LIMIT: setting({
    schema: value.byteSize("128MiB", "64GiB"),
    byDefault: "1GiB",
    description:
      "Resident memory of a worker's own process past which it finishes what it has and ends, to be started again.",
    readBy: [...SYNTHESIS, ...WEBHOOKS],
  }),
  SEGMENT_TIMEOUT: setting({
    schema: value.duration("100ms", "1h"),
    byDefault: "30s",
    description: "Time for one segment (a few sentences), after which its engine process is killed.",
    readBy: SYNTHESIS,
  }),
  JOB_TIMEOUT: setting({
    schema: value.duration("100ms", "1d"),
    byDefault: "30m",
    description: "Time for one attempt at a whole job, after which the job fails with `timeout`.",
    readBy: SYNTHESIS,
  }),
  ENGINE_MEMORY_LIMIT: setting({
    schema: value.byteSize("64MiB", "64GiB"),
    byDefault: "512MiB",
    description: "Resident memory past which an engine process is replaced.",
    readBy: SYNTHESIS,
  }),
  SCRATCH_DIR: setting({
    schema: value.absolutePath,
    byDefault: tmpdir(),
    defaultText: "the system's temporary folder",
    description: "Where audio is encoded before it is stored.",
    readBy: SYNTHESIS,
  }),
};
