import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { Job } from "@herald/shared/jobs/job";
import { complete, type ClaimedJob } from "@herald/shared/jobs/status";
import type { DeliveryRef, JobRef } from "@herald/platform/redis/keys";
import type { AudioStorage } from "@herald/shared/storage/audio-storage";
import { openStorage } from "@herald/shared/storage/open-storage";
import { createUpkeepStore, type UpkeepStore } from "@herald/jobs/retention/upkeep-store";
import { audioOf, openTestStore, type Submission, type TestStore } from "./test-store.ts";

export interface TestHousekeeping extends TestStore {
  readonly upkeep: UpkeepStore;
  readonly storage: AudioStorage;
  /** No run ends before its work does. */
  readonly isOver: () => boolean;
  readonly faults: (JobRef | DeliveryRef)[];
  readonly onFault: (ref: JobRef | DeliveryRef) => void;
  /** A job that ended well, with its audio in storage. */
  completed(submission?: Submission): Promise<Job>;
  has(key: string): Promise<boolean>;
}

const SILENT = { warn: () => undefined };

export async function openTestHousekeeping(redisUrl?: string): Promise<TestHousekeeping> {
  const store = openTestStore(redisUrl);
  const directory = await mkdtemp(join(tmpdir(), "herald-audio-"));
  const storage = await openStorage({ kind: "file", directory }, SILENT);
  const faults: (JobRef | DeliveryRef)[] = [];
  return {
    ...store,
    upkeep: createUpkeepStore(store.redis, store.keys),
    storage,
    isOver: () => false,
    faults,
    onFault: (ref) => faults.push(ref),

    async completed(submission) {
      const job: Job & ClaimedJob = await store.createAndClaim(submission);
      const audio = audioOf(job);
      await storage.put(audio.key, Readable.from([Buffer.from("sound")]));
      await store.finishJob(job, complete(job, { audio, segments: 1 }, new Date()));
      return store.reread(job);
    },
    async has(key) {
      const audio = await storage.open(key);
      audio?.destroy();
      return audio !== null;
    },
    async close() {
      await store.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
