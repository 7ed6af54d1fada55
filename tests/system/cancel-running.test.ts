import { readdir } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startHerald, type Herald } from "../support/herald.ts";
import { startReceiver } from "../support/receiver.ts";
import { verifyEvent } from "../support/webhooks.ts";
import { waitFor } from "../support/wait.ts";

/** Speaks for a minute: whatever ends sooner was ended. */
const LONG = "This job goes on and on, until somebody has had enough of it. ".repeat(3000);

describe("a job cancelled by force while it is spoken", () => {
  let herald: Herald;
  let receiver: Awaited<ReturnType<typeof startReceiver>>;

  beforeAll(async () => {
    const env = { SYNTHESIS_CONCURRENCY: "1" };
    [herald, receiver] = await Promise.all([startHerald({ synthesisWorkers: 2, env }), startReceiver()]);
  }, 60_000);

  afterAll(async () => {
    await herald.stop();
    await receiver.stop();
  }, 60_000);

  const cancel = (jobId: string, query = "") =>
    herald.client.request(`/v1/jobs/${jobId}${query}`, { method: "DELETE" });
  const untilSpoken = (jobId: string) =>
    waitFor(async () => (await herald.client.job(jobId)).progress.segments_done > 0, {
      timeoutMs: 20_000,
      what: "the job to be spoken",
    });

  it("ends as cancelled, frees its worker, leaves no audio and tells its webhook once", async () => {
    const { job_id } = await herald.client.submit({ text: LONG, webhook_url: receiver.url });
    await untilSpoken(job_id);
    expect((await cancel(job_id)).status).toBe(409);

    const response = await cancel(job_id, "?force=true");

    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ job_id, status: "cancelled", audio: null });
    const logs = () => herald.synthesisWorkers.map((worker) => worker.output()).join("");
    await waitFor(() => logs().includes('"outcome":"superseded"'), { what: "the attempt to stop" });
    await receiver.waitForCount(1);
    const told = receiver.requests.map((request) => verifyEvent(request, herald.webhookSecret));
    expect(told).toMatchObject([{ type: "job.cancelled", job: { job_id, status: "cancelled" } }]);
    expect(await readdir(herald.audioDirectory)).toEqual([".incoming"]);
    expect(await readdir(`${herald.audioDirectory}/.incoming`)).toEqual([]);
  }, 60_000);

  it("leaves its place to the next job on whichever worker it was", async () => {
    const long = await Promise.all([1, 2].map(() => herald.client.submit({ text: LONG })));
    await Promise.all(long.map(({ job_id }) => untilSpoken(job_id)));

    await Promise.all(long.map(({ job_id }) => cancel(job_id, "?force=true")));
    const next = await Promise.all([1, 2].map(() => herald.client.submit({ text: "Next, please." })));

    const ended = await Promise.all(next.map(({ job_id }) => herald.client.ended(job_id)));
    expect(ended.map(({ status }) => status)).toEqual(["completed", "completed"]);
  }, 60_000);
});
