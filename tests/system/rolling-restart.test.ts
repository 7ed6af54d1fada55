import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createKeys } from "@herald/platform/redis/keys";
import { Redis } from "ioredis";
import type { AppName, RunningApp } from "../support/apps.ts";
import type { JobView } from "../support/client.ts";
import { startHerald, type Herald } from "../support/herald.ts";
import { startReceiver } from "../support/receiver.ts";
import { verifyEvent } from "../support/webhooks.ts";
import { waitFor } from "../support/wait.ts";

const CUSTOMERS = 4;
const TEXT = "A sentence that takes its time to be spoken, so that a stop meets work. ".repeat(4);

const keys = createKeys("herald");

describe("a deploy: a new process of each kind, and then the old one is stopped", () => {
  let herald: Herald;
  let receiver: Awaited<ReturnType<typeof startReceiver>>;
  /** What a load balancer knows: the API to which requests go. */
  let upstream: string;

  beforeAll(async () => {
    // Attempts that are still at work after so short a grace go back to the queue.
    const env = { SHUTDOWN_DELAY: "500ms", SHUTDOWN_GRACE: "1s" };
    [herald, receiver] = await Promise.all([startHerald({ env }), startReceiver()]);
    upstream = herald.url;
  }, 60_000);

  afterAll(async () => {
    await herald.stop();
    await receiver.stop();
  }, 60_000);

  const isReady = (url: string) =>
    fetch(`${url}/health/ready`).then(
      (answer) => answer.ok,
      () => false,
    );

  async function replace(name: AppName, old: RunningApp): Promise<void> {
    const { url } = await herald.startAnother(name);
    await waitFor(() => isReady(url), { timeoutMs: 60_000, what: `the new ${name} to be ready` });
    if (name === "api") upstream = url;
    expect(await old.stop()).toBe(0);
  }

  async function submit(): Promise<string> {
    const response = await fetch(`${upstream}/v1/tts/async`, {
      method: "POST",
      headers: { authorization: `Bearer ${herald.apiKey}`, "content-type": "application/json" },
      body: JSON.stringify({ text: TEXT, format: "wav", sample_rate: 8000, webhook_url: receiver.url }),
    });
    const job = (await response.json()) as JobView;
    expect(response.status).toBe(202);
    return job.job_id;
  }

  it("fails no request and no job, uses up no attempt, and delivers every webhook", async () => {
    let isDeploying = true;
    const ids: string[] = [];
    const customer = async (): Promise<void> => {
      while (isDeploying) {
        ids.push(await submit());
        await pause(300);
      }
    };
    const customers = Promise.all(Array.from({ length: CUSTOMERS }, customer));
    const { housekeeper, webhookWorker, synthesisWorkers, api } = herald;

    await replace("housekeeper", housekeeper);
    await replace("webhook-worker", webhookWorker);
    for (const worker of synthesisWorkers) await replace("synthesis-worker", worker);
    await replace("api", api);
    isDeploying = false;
    await customers;

    await receiver.waitForCount(ids.length, { timeoutMs: 90_000 });
    const told = receiver.requests.map((request) => verifyEvent(request, herald.webhookSecret));
    expect(told.map(({ job }) => job.job_id).sort()).toEqual(ids.sort());
    expect(told.map(({ job }) => job.status)).toEqual(ids.map(() => "completed"));
    // The queue counts an attempt when it is over, a moment after its webhook.
    await waitFor(async () => !(await attemptsMade(ids)).includes(0));
    expect(await attemptsMade(ids)).toEqual(ids.map(() => 1));
  }, 180_000);

  /** As the queue counts them, against those that a job may have. */
  async function attemptsMade(jobIds: readonly string[]): Promise<readonly number[]> {
    const redis = new Redis(herald.redis.url);
    const made = await Promise.all(jobIds.map((id) => redis.hget(keys.queueEntry("synthesis", id), "atm")));
    redis.disconnect();
    return made.map(Number);
  }
});
