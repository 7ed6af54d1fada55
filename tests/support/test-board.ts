import { attemptOf } from "./attempts.ts";
import request from "supertest";
import type { Job } from "@herald/shared/jobs/job";
import { complete, fail } from "@herald/shared/jobs/status";
import { eventIdOf } from "@herald/shared/webhooks/webhook-ids";
import type { LogFields, Logger } from "@herald/platform/logging/logger";
import { queueNames } from "@herald/queue/queues/entries";
import { openOperatedQueue } from "@herald/queue/queues/operated-queue";
import { generateApiKey, hashApiKey } from "@herald/shared/signing/api-key";
import { createApiKeyStore, type ApiKeyStore, type Role } from "../../apps/api/src/api-keys/api-key-store.ts";
import type { Outcome } from "@herald/queue/worker/outcome";
import { openBoard } from "../../apps/api/src/board/open-board.ts";
import { mountBoard } from "../../apps/api/src/testing/mount-board.ts";
import { audioOf, openTestStore, webhookOf, type Submission, type TestStore } from "./test-store.ts";
import { waitFor } from "./wait.ts";
import { startTestWorker } from "./test-worker.ts";

export interface BoardOptions {
  readonly publicUrl?: string;
  readonly now?: () => Date;
}

export interface TestBoard extends TestStore {
  readonly apiKeys: ApiKeyStore;
  readonly lines: readonly ({ readonly event: string } & LogFields)[];
  /** A browser that nobody has signed in yet. */
  browser(): ReturnType<typeof request.agent>;
  addKey(role: Role, tenant?: string): Promise<{ key: string; keyId: string }>;
  /** A browser in which a new key of this role is signed in. */
  signedIn(role: Role): Promise<ReturnType<typeof request.agent>>;
  /** A completed job whose webhook was given up, on the record and in the queue. */
  failedDelivery(submission?: Submission): Promise<{ job: Job; eventId: string }>;
  /** A job that failed, on the record and in the queue. */
  failedJob(): Promise<Job>;
  stateOf(queue: "synthesis" | "webhook-delivery", id: string): Promise<string>;
}

/** The queue board of a deployment of its own. */
export function openTestBoard({
  publicUrl = "http://127.0.0.1",
  now = () => new Date(),
}: BoardOptions = {}): TestBoard {
  const store = openTestStore();
  const { redis, keys } = store;
  const lines: ({ readonly event: string } & LogFields)[] = [];
  const log = (event: string, fields: LogFields = {}): void => {
    lines.push({ event, ...fields });
  };
  const logger: Logger = { debug: log, info: log, warn: log, error: log };
  const apiKeys = createApiKeyStore(redis, keys);
  const sessionKey = Buffer.alloc(32, 1);
  const board = openBoard({ ...store, apiKeys, publicUrl, sessionKey, logger, now });
  const operated = {
    synthesis: openOperatedQueue({ redis, prefix: keys.queuePrefix, name: queueNames.synthesis }),
    "webhook-delivery": openOperatedQueue({
      redis,
      prefix: keys.queuePrefix,
      name: queueNames.webhookDelivery,
    }),
  };
  const app = mountBoard(board.router);

  async function addKey(role: Role, tenant = "default") {
    const key = generateApiKey();
    const { keyId } = await apiKeys.create({ hash: hashApiKey(key), tenant, role, name: "", now: now() });
    return { key, keyId };
  }
  const stateOf = async (queue: keyof typeof operated, id: string) =>
    (await operated[queue].find(id))?.state ?? "missing";

  /** As a worker would end it. */
  async function endEntry(queue: keyof typeof operated, id: string, outcome: Outcome): Promise<void> {
    const worker = startTestWorker({
      queue,
      keys,
      redis,
      process: () => Promise.resolve(outcome),
    });
    const ended = outcome.kind === "done" ? "completed" : "failed";
    await waitFor(async () => (await stateOf(queue, id)) === ended);
    await worker.stop();
  }

  return {
    ...store,
    apiKeys,
    lines,
    browser: () => request.agent(app),
    addKey,
    async signedIn(role) {
      const browser = request.agent(app);
      const { key } = await addKey(role);
      await browser.post("/admin/queues/sign-in").type("form").send({ key }).expect(303);
      return browser;
    },
    async failedDelivery(submission) {
      const job = await store.createAndClaim(submission);
      await store.finishJob(job, complete(job, { audio: audioOf(job), segments: 1 }, new Date()));
      await store.synthesis.remove(job.id);
      const eventId = eventIdOf(job.id);
      const delivery = await store.deliveries.find(webhookOf(job));
      if (delivery === null) throw new Error("no delivery is owed");
      for (let attempt = 1; attempt <= 4; attempt++) {
        await store.recordAttempt({
          delivery,
          attempt: attemptOf({ attempt, status_code: 503 }),
          status: attempt === 4 ? "failed" : "pending",
          nextAttemptAt: null,
        });
      }
      await endEntry("webhook-delivery", eventId, { kind: "give_up", reason: "status 503" });
      return { job: await store.reread(job), eventId };
    },
    async failedJob() {
      const job = await store.createAndClaim({ request: { webhookUrl: null } });
      const error = { code: "engine_failed", message: "the speech engine failed", segment: null };
      await store.finishJob(job, fail(job, error, new Date()));
      await endEntry("synthesis", job.id, { kind: "give_up", reason: "engine_failed" });
      return store.reread(job);
    },
    stateOf,
    async close() {
      await board.stop();
      await Promise.all(Object.values(operated).map((queue) => queue.stop()));
      await store.close();
    },
  };
}
