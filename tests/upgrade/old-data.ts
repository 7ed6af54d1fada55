import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startApp, type RunningApp } from "../support/apps.ts";
import { createClient, type Client } from "../support/client.ts";
import { startReceiver } from "../support/receiver.ts";
import { freePort, waitFor } from "../support/wait.ts";

const JOBS = 24;
const TEXT = "A sentence that takes its time to be spoken, so that the stop meets work. ".repeat(40);

/**
 * What `npm start` of the former version left under its data directory, jobs and deliveries half done, goes on under this
 * one. Answers what came of it, in a line; throws when a promise broke.
 */
export async function goOnWithOldData(formerRoot: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "herald-old-data-"));
  const receiver = await startReceiver();
  const port = await freePort();
  const start = (root: string) => startStandalone(root, { port, directory });
  const former = await start(formerRoot);
  let newer: RunningApp | undefined;
  try {
    const key = /hk_[\w-]+/.exec(former.output())?.[0] ?? "";
    const client = createClient(`http://127.0.0.1:${port}`, key);
    const endpointId = await createEndpoint(client, receiver.url);
    const finished = await client.ended((await client.submit({ text: "Done before." })).job_id);
    await disable(client, endpointId);
    const parked = await client.ended((await client.submit({ text: "Told later." })).job_id);
    const ids: string[] = [];
    for (let i = 0; i < JOBS; i++)
      ids.push((await client.submit({ text: TEXT, webhook_url: receiver.url })).job_id);
    await waitFor(async () => (await client.job(ids[0] ?? "")).status !== "pending", { what: "work" });
    assert.equal(await former.stop(), 0);

    newer = await start(".");
    const early = await Promise.all(ids.map(async (id) => (await client.job(id)).status));
    const unfinished = early.filter((status) => status !== "completed").length;
    assert.notEqual(unfinished, 0, "the stop meets work");
    for (const id of ids) {
      const job = await client.webhookSettled(id, 120_000);
      assert.deepEqual([job.status, job.webhook.status], ["completed", "delivered"], `job ${id}`);
    }
    const audio = await fetch(finished.audio?.url ?? "");
    assert.equal(
      (await audio.arrayBuffer()).byteLength,
      finished.audio?.bytes,
      "a link of the former version works",
    );
    await enable(client, endpointId);
    await waitFor(() => tells(receiver.requests, parked.job_id), {
      timeoutMs: 60_000,
      what: "the parked delivery",
    });
    return `${unfinished} of ${JOBS} jobs were not done when the former version stopped, and are; a parked delivery arrived`;
  } finally {
    await former.stop();
    await newer?.stop();
    await receiver.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function startStandalone(root: string, at: { readonly port: number; readonly directory: string }) {
  const app = startApp("standalone", { PORT: String(at.port), DATA_DIR: at.directory }, root);
  const isReady = () => app.output().includes("Herald is ready");
  await waitFor(isReady, { timeoutMs: 60_000, what: "Herald to be ready" }).catch((error: unknown) => {
    throw new Error(app.output(), { cause: error });
  });
  return app;
}

async function createEndpoint(client: Client, url: string): Promise<string> {
  const answer = await client.request("/v1/webhook-endpoints", {
    method: "POST",
    body: JSON.stringify({ url, events: ["job.completed"] }),
  });
  assert.equal(answer.status, 201, await answer.clone().text());
  return ((await answer.json()) as { endpoint_id: string }).endpoint_id;
}

const disable = (client: Client, id: string) => setEnabled(client, id, false);
const enable = (client: Client, id: string) => setEnabled(client, id, true);

async function setEnabled(client: Client, id: string, enabled: boolean): Promise<void> {
  const body = JSON.stringify({ enabled });
  const answer = await client.request(`/v1/webhook-endpoints/${id}`, { method: "PATCH", body });
  assert.equal(answer.status, 200, await answer.clone().text());
}

function tells(requests: readonly { readonly body: Buffer }[], jobId: string): boolean {
  return requests.some(({ body }) => body.includes(jobId));
}
