import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startHerald, type Herald } from "../support/herald.ts";
import { startReceiver } from "../support/receiver.ts";
import { verifyEvent } from "../support/webhooks.ts";

describe("a receiver in trouble", () => {
  let herald: Herald;

  beforeAll(async () => {
    herald = await startHerald();
  }, 60_000);

  afterAll(() => herald.stop(), 60_000);

  it("gets the third attempt after failing twice, with the same id and body", async () => {
    const receiver = await startReceiver({
      respond: (_request, index) => ({ status: index < 2 ? 500 : 200 }),
    });
    const { job_id } = await herald.client.submit({
      text: "Third time lucky.",
      format: "wav",
      webhook_url: receiver.url,
    });

    const { webhook } = await herald.client.webhookSettled(job_id);

    expect(webhook).toMatchObject({ status: "delivered", attempts: 3, last_status_code: 200 });
    const events = receiver.requests.map((request) => verifyEvent(request, herald.webhookSecret));
    expect(new Set(events.map((event) => event.id)).size).toBe(1);
    expect(new Set(receiver.requests.map((request) => request.body.toString())).size).toBe(1);
    await receiver.stop();
  }, 60_000);

  it("is given up after attempts at 0, 2, 6 and 14 seconds when it always fails", async () => {
    const receiver = await startReceiver({ respond: () => ({ status: 503 }) });
    const { job_id } = await herald.client.submit({
      text: "Nobody listens.",
      format: "wav",
      webhook_url: receiver.url,
    });

    const job = await herald.client.webhookSettled(job_id, 40_000);

    expect(job.status).toBe("completed");
    expect(job.webhook).toMatchObject({ status: "failed", attempts: 4, last_status_code: 503 });
    const [first = 0, ...later] = receiver.requests.map((request) => request.receivedAt);
    const seconds = later.map((at) => (at - first) / 1000);
    [2, 6, 14].forEach((due, i) => {
      expect(Math.abs((seconds[i] ?? 0) - due)).toBeLessThan(1);
    });
    await receiver.stop();
  }, 60_000);

  it("is told of a cancelled job too", async () => {
    const receiver = await startReceiver();
    const blockers = Array.from({ length: 6 }, () =>
      herald.client.submit({
        text: "A long sentence to keep the only worker busy for a while. ".repeat(300),
        format: "wav",
      }),
    );
    await Promise.all(blockers);
    const { job_id } = await herald.client.submit({
      text: "Never mind.",
      webhook_url: receiver.url,
      priority: "low",
    });

    const answer = await herald.client.request(`/v1/jobs/${job_id}`, { method: "DELETE" });
    await receiver.waitForCount(1);

    expect(answer.status).toBe(200);
    const [request] = receiver.requests;
    expect(request && verifyEvent(request, herald.webhookSecret)).toMatchObject({
      type: "job.cancelled",
      job: { job_id, status: "cancelled" },
    });
    await receiver.stop();
  }, 60_000);
});
