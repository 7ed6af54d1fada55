import { checkHealth, type HealthReport } from "@herald/platform/lifecycle/health-report";
import { queueNames } from "@herald/queue/queues/entries";
import type { Keys } from "@herald/platform/redis/keys";
import type { AudioStorage } from "@herald/shared/storage/audio-storage";
import { countWorkers } from "@herald/queue/worker/presence";
import type { Redis } from "ioredis";

export interface ReadinessDeps {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly storage: Pick<AudioStorage, "check">;
  /** False from the moment that this process was asked to stop. */
  readonly isAccepting: () => boolean;
}

/** Anybody may ask, and asking writes to the storage: those who ask within this time share an answer. */
const SHARED_MS = 500;

/** Ready means that a job which came now would be stored, taken by a worker and spoken. */
export function createReadiness(deps: ReadinessDeps): () => Promise<HealthReport> {
  const { redis, keys, storage, isAccepting } = deps;
  const checkOthers = sharedFor(SHARED_MS, () =>
    checkHealth({
      redis: () => redis.ping(),
      storage: () => storage.check(),
      async synthesis_worker() {
        if ((await countWorkers(redis, keys, queueNames.synthesis)) === 0) {
          throw new Error("no synthesis worker is alive");
        }
      },
    }),
  );
  return async () => ({ api: isAccepting() ? "ok" : "unavailable", ...(await checkOthers()) });
}

function sharedFor<T>(ms: number, ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  let askedAt = 0;
  return () => {
    if (answer === undefined || performance.now() - askedAt >= ms) {
      askedAt = performance.now();
      answer = ask();
    }
    return answer;
  };
}
