import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import type { AppName, RunningApp } from "../support/apps.ts";
import { createClient } from "../support/client.ts";
import { startHerald, type Herald } from "../support/herald.ts";
import { startReceiver, type ReceivedRequest } from "../support/receiver.ts";
import { waitFor } from "../support/wait.ts";
import { verifyEvent } from "../support/webhooks.ts";

const KINDS: readonly AppName[] = ["housekeeper", "webhook-worker", "synthesis-worker", "api"];
const CUSTOMERS = 4;
const JOBS_TOGETHER = 80;
const ENDPOINT_CONCURRENCY = 3;
const TEXT = "A sentence that takes its time to be spoken, so that a stop meets work. ".repeat(4);

/**
 * Both versions at once on one Redis and one storage, under load: workers of both take jobs and deliveries, one of each is
 * killed, and then the former version is stopped. Answers what came of it, in a line; throws when a promise broke.
 */
export async function upgradeSideBySide(formerRoot: string): Promise<string> {
  const receiver = await startBusyReceiver();
  const env = { SHUTDOWN_DELAY: "500ms", WEBHOOK_ENDPOINT_CONCURRENCY: String(ENDPOINT_CONCURRENCY) };
  const herald = await startHerald({ root: formerRoot, env });
  try {
    const upstreams = [herald.url];
    const customers = startCustomers(herald, { upstreams, webhookUrl: receiver.url });
    const newer = await startNewer(herald);
    upstreams.push(newer.url);

    const together = customers.ids.length;
    await waitFor(() => customers.ids.length >= together + JOBS_TOGETHER / 2, {
      timeoutMs: 60_000,
      what: "jobs of both",
    });
    await newer.apps["synthesis-worker"].kill();
    await newer.apps["webhook-worker"].kill();
    const spare = await Promise.all([
      herald.startAnother("synthesis-worker"),
      herald.startAnother("webhook-worker"),
    ]);
    await startAndAwait(herald, "synthesis-worker", ".");
    await startAndAwait(herald, "webhook-worker", ".");
    await herald.synthesisWorkers[0]?.kill();
    await herald.webhookWorker.kill();
    await waitFor(() => customers.ids.length >= together + JOBS_TOGETHER, {
      timeoutMs: 60_000,
      what: "jobs of both",
    });

    upstreams.shift();
    for (const { app } of spare) assert.equal(await app.stop(), 0);
    assert.equal(await herald.housekeeper.stop(), 0);
    assert.equal(await herald.api.stop(), 0);
    const ids = await customers.stop();
    await audit(ids, {
      client: createClient(newer.url, herald.apiKey),
      receiver,
      secret: herald.webhookSecret,
    });
    return `${ids.length} jobs, ${receiver.requests.length} requests at the receiver, at most ${receiver.most()} at once`;
  } finally {
    await herald.stop();
    await receiver.stop();
  }
}

/** Answers after a moment, each fifth with an error first, and counts how many it has at once. */
async function startBusyReceiver() {
  const seen = new Set<string>();
  let [now, most] = [0, 0];
  const receiver = await startReceiver({
    async respond({ headers }, index) {
      most = Math.max(most, ++now);
      await pause(30);
      now--;
      const id = String(headers["webhook-id"]);
      const isFirst = !seen.has(id);
      seen.add(id);
      return { status: isFirst && index % 5 === 0 ? 503 : 204 };
    },
  });
  return { ...receiver, most: () => most };
}

async function startNewer(herald: Herald) {
  const apps = new Map<AppName, RunningApp>();
  let url = "";
  for (const name of KINDS) {
    const started = await startAndAwait(herald, name, ".");
    apps.set(name, started.app);
    if (name === "api") url = started.url;
  }
  return { url, apps: Object.fromEntries(apps) as Record<AppName, RunningApp> };
}

async function startAndAwait(herald: Herald, name: AppName, root: string) {
  const started = await herald.startAnother(name, root);
  const isReady = () => createClient(started.url, herald.apiKey).isReady();
  await waitFor(isReady, { timeoutMs: 60_000, what: `the newer ${name} to be ready` });
  return started;
}

interface Load {
  /** Asked in turn. */
  readonly upstreams: readonly string[];
  readonly webhookUrl: string;
}

function startCustomers(herald: Herald, { upstreams, webhookUrl }: Load) {
  const ids: string[] = [];
  let isOver = false;
  const customer = async (): Promise<void> => {
    for (let i = 0; !isOver; i++) {
      const client = createClient(upstreams[i % upstreams.length] ?? "", herald.apiKey);
      const body = { text: TEXT, format: "wav", sample_rate: 8000, webhook_url: webhookUrl };
      ids.push((await client.submit(body)).job_id);
      await pause(250);
    }
  };
  const all = Promise.all(Array.from({ length: CUSTOMERS }, customer));
  return {
    ids: ids as readonly string[],
    async stop(): Promise<readonly string[]> {
      isOver = true;
      await all;
      return ids;
    },
  };
}

interface AuditDeps {
  readonly client: ReturnType<typeof createClient>;
  readonly receiver: { readonly requests: readonly ReceivedRequest[]; most(): number };
  readonly secret: string;
}

async function audit(ids: readonly string[], { client, receiver, secret }: AuditDeps): Promise<void> {
  for (const id of ids) {
    const job = await client.webhookSettled(id, 120_000);
    assert.equal(job.status, "completed", `job ${id} completes`);
    assert.equal(job.webhook.status, "delivered", `the webhook of job ${id} is delivered`);
    // Links lead to the API that was there first; whoever balances the load sends them on.
    const { pathname, search } = new URL(job.audio?.url ?? "");
    const audio = await client.request(`${pathname}${search}`);
    assert.equal((await audio.arrayBuffer()).byteLength, job.audio?.bytes, `the audio of job ${id} is whole`);
  }
  const told = new Set(receiver.requests.map((request) => verifyEvent(request, secret).job.job_id));
  assert.deepEqual([...told].sort(), [...ids].sort(), "every job's end is told, and no other's");
  assert.ok(receiver.most() <= ENDPOINT_CONCURRENCY, `at most ${ENDPOINT_CONCURRENCY} requests at once`);
}
