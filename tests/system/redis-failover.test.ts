import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startHerald, type Herald } from "../support/herald.ts";
import { startReceiver } from "../support/receiver.ts";
import { askEveryRoute, msUntilBack, signInToBoard } from "../support/redis-outage.ts";
import { startSentinels, type TestSentinels } from "../support/test-sentinels.ts";
import { waitFor } from "../support/wait.ts";
import { verifyEvent } from "../support/webhooks.ts";

const JOBS = 60;
const TEXT = "This job is long enough to be caught in the middle of its work. ".repeat(4);
const ANSWERED_WITHIN_MS = 1_500;
const BACK_WITHIN_MS = 3_000;

describe("a failover to a replica, by real sentinels and under load", () => {
  let sentinels: TestSentinels;
  let herald: Herald;

  beforeAll(async () => {
    sentinels = await startSentinels();
    // What the replica had not got yet is mended by the housekeeper.
    herald = await startHerald({ redis: sentinels, synthesisWorkers: 2, env: { RECONCILE_INTERVAL: "1s" } });
  }, 90_000);

  afterAll(() => herald.stop(), 60_000);

  it.each([
    ["froze, and still holds its connections", "freeze"],
    ["was killed", "kill"],
  ] as const)(
    "from a primary that %s: 503 until it is done, then all goes on by itself, every job to its end",
    async (_how, failure) => {
      const session = await signInToBoard(herald);
      const receiver = await startReceiver();
      const submission = { text: TEXT, format: "wav", webhook_url: receiver.url };
      const jobs = await Promise.all(Array.from({ length: JOBS }, () => herald.client.submit(submission)));
      await receiver.waitForCount(1);
      const primary = await sentinels.primary();

      await primary[failure]();
      const answers = await askEveryRoute(herald, session);
      await sentinels.failedOver(primary);

      expect(await msUntilBack(herald)).toBeLessThan(BACK_WITHIN_MS);
      expect(new Set(answers.map(({ status, code }) => `${status} ${code}`))).toEqual(
        new Set(["503 redis_unavailable"]),
      );
      expect(answers.filter(({ tookMs }) => tookMs >= ANSWERED_WITHIN_MS)).toEqual([]);
      const ended = await Promise.all(jobs.map(({ job_id }) => herald.client.ended(job_id, 60_000)));
      expect(ended.map(({ status }) => status)).toEqual(jobs.map(() => "completed"));
      const told = () => receiver.requests.map((request) => verifyEvent(request, herald.webhookSecret).id);
      await waitFor(() => new Set(told()).size === JOBS, { timeoutMs: 30_000, what: "every webhook" });
      await receiver.stop();

      // For the next failover there must be a replica again: the former primary, which is told to follow.
      if (failure === "freeze") {
        primary.thaw();
        await sentinels.follows(primary);
      }
    },
    120_000,
  );
});
