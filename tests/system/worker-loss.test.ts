import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startHerald, type Herald } from "../support/herald.ts";
import { startReceiver } from "../support/receiver.ts";
import { verifyEvent } from "../support/webhooks.ts";
import { waitFor } from "../support/wait.ts";

const JOBS = 40;

describe("a synthesis worker killed in the middle of jobs", () => {
  let herald: Herald;
  let receiver: Awaited<ReturnType<typeof startReceiver>>;

  beforeAll(async () => {
    [herald, receiver] = await Promise.all([startHerald({ synthesisWorkers: 2 }), startReceiver()]);
  }, 60_000);

  afterAll(async () => {
    await herald.stop();
    await receiver.stop();
  }, 60_000);

  it("loses none of them and shows none twice, within 30 seconds", async () => {
    // So much work that the kill comes in the middle of it, however slow the machine is to notice the beginning.
    const text = "This job is long enough to be caught in the middle of its work. ".repeat(50);
    const submitted = await Promise.all(
      Array.from({ length: JOBS }, () =>
        herald.client.submit({ text, format: "wav", webhook_url: receiver.url }),
      ),
    );
    const ids = submitted.map((job) => job.job_id);
    const [victim] = herald.synthesisWorkers;
    await waitFor(() => (victim?.output() ?? "").includes("synthesis.attempted"), {
      timeoutMs: 30_000,
      what: "the victim to be at work",
    });

    await victim?.kill();
    const killedAt = Date.now();
    const jobs = await Promise.all(ids.map((id) => herald.client.ended(id, 60_000)));

    expect(jobs.map((job) => job.status)).toEqual(ids.map(() => "completed"));
    expect(jobs.some((job) => job.attempts > 1)).toBe(true);
    // Handed on as Redis saw the process go, long before the locks that it held ran out.
    expect(herald.housekeeper.output()).toContain('"outcome":"handed_back"');
    expect((Date.now() - killedAt) / 1000).toBeLessThan(30);
    await receiver.waitForCount(JOBS);
    const told = receiver.requests.map((request) => verifyEvent(request, herald.webhookSecret).job.job_id);
    expect(told.sort()).toEqual([...ids].sort());
  }, 90_000);
});
