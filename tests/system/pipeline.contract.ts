import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Redis } from "ioredis";
import { startHerald, type Herald, type HeraldOptions } from "../support/herald.ts";
import { startReceiver } from "../support/receiver.ts";
import { verifyEvent } from "../support/webhooks.ts";

const JOBS = 200;

interface SystemStorage {
  /** Settings of every process. */
  readonly env: NonNullable<HeraldOptions["env"]>;
  readonly stop: () => Promise<void>;
}

/** What the whole of Herald promises, wherever audio is kept: its processes share Redis and that storage, nothing else. */
// eslint-disable-next-line jest/no-export -- a suite that the test file of each storage runs
export function describePipeline(where: string, openStorage: () => Promise<SystemStorage>): void {
  describe(`200 jobs over two synthesis workers, with audio ${where}`, () => {
    let herald: Herald;
    let receiver: Awaited<ReturnType<typeof startReceiver>>;
    let storage: SystemStorage;

    beforeAll(async () => {
      const { env } = (storage = await openStorage());
      [herald, receiver] = await Promise.all([startHerald({ synthesisWorkers: 2, env }), startReceiver()]);
    }, 60_000);

    afterAll(async () => {
      await herald.stop();
      await receiver.stop();
      await storage.stop();
    }, 60_000);

    it("completes every job and delivers each event, verifiable and under one id", async () => {
      const submitted = await Promise.all(
        Array.from({ length: JOBS }, (_, i) =>
          herald.client.submit({ text: `Sentence number ${i}.`, format: "wav", webhook_url: receiver.url }),
        ),
      );
      const ids = submitted.map((job) => job.job_id);

      await receiver.waitForCount(JOBS, { timeoutMs: 90_000 });
      const settled = await Promise.all(ids.map((id) => herald.client.webhookSettled(id)));

      expect(settled.map(({ status, webhook }) => [status, webhook.status])).toEqual(
        ids.map(() => ["completed", "delivered"]),
      );
      const events = receiver.requests.map((request) => verifyEvent(request, herald.webhookSecret));
      const eventIdsByJob = new Map(ids.map((id) => [id, new Set<string>()]));
      for (const { id, job } of events) eventIdsByJob.get(job.job_id)?.add(id);
      expect([...eventIdsByJob.values()].map((seen) => seen.size)).toEqual(ids.map(() => 1));
    }, 120_000);

    it("shares the jobs between the workers", () => {
      const done = herald.synthesisWorkers.map(
        (worker) => worker.output().split("synthesis.attempted").length - 1,
      );
      expect(Math.min(...done)).toBeGreaterThan(0);
    });

    it.each(["mp3", "wav"])(
      "serves a %s whose bytes are the ones that the job names",
      async (format) => {
        const { job_id } = await herald.client.submit({
          text: "The quick brown fox jumps over the lazy dog.",
          format,
        });
        const { audio } = await herald.client.ended(job_id);

        const download = await fetch(audio?.url ?? "");
        const bytes = Buffer.from(await download.arrayBuffer());

        expect(download.status).toBe(200);
        expect(bytes.length).toBe(audio?.bytes);
        expect(createHash("sha256").update(bytes).digest("hex")).toBe(audio?.sha256);
        expect(audio?.duration_seconds).toBeGreaterThan(1.5);
      },
      30_000,
    );

    it("keeps the text of no ended job, neither in Redis nor in a log", async () => {
      const { job_id } = await herald.client.submit({ text: "Ephemeral words.", format: "wav" });
      await herald.client.ended(job_id);

      const redis = new Redis(herald.redis.url);
      const [texts] = await Promise.all([redis.keys("*:text:*"), redis.quit()]);

      expect(texts).toEqual([]);
      const logs = [herald.api, ...herald.synthesisWorkers, herald.webhookWorker].map((app) => app.output());
      expect(logs.join("")).not.toContain("Ephemeral");
    });
  });
}
