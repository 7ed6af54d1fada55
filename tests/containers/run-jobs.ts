import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient, type JobView } from "../support/client.ts";
import { waitFor } from "../support/wait.ts";
import { verifyEvent } from "../support/webhooks.ts";
import type { Docker } from "./docker.ts";
import type { Stack } from "./stack.ts";

export interface RunDeps {
  readonly docker: Docker;
  readonly stack: Stack;
  readonly say: (line: string) => void;
}

export interface Tally {
  readonly jobs: number;
  readonly completed: number;
  /** Jobs that were taken up more than once, as they are when a worker or Redis is lost. */
  readonly triedAgain: number;
  /** Jobs whose event arrived, under one id, with a signature that holds. */
  readonly delivered: number;
  readonly deliveries: number;
  readonly seconds: number;
}

const TEXT = "A container that is killed takes nothing with it that Herald has promised. ".repeat(14);
const PATIENCE = { timeoutMs: 300_000 };

/** Runs the jobs through the stack while parts of it are taken away: a worker, Redis, and then all workers but one. */
export async function runJobs(jobs: number, deps: RunDeps): Promise<Tally> {
  const { stack, say } = deps;
  const client = createClient(stack.apiUrl, stack.env["BOOTSTRAP_API_KEY"] ?? "");
  const startedAt = performance.now();
  const ids = await submitAll(jobs, deps);
  say(`submitted ${ids.length} jobs`);

  await untilDelivered(jobs * 0.1, deps);
  await killWorker(deps);
  await untilDelivered(jobs * 0.3, deps);
  await killRedis(deps);
  await untilDelivered(jobs * 0.6, deps);
  await stack.scale("synthesis-worker", 1);
  say(`scaled down to ${(await stack.ids("synthesis-worker")).length} synthesis worker`);
  await untilDelivered(jobs, deps);

  const ended = await inTurn(ids, (id) => client.ended(id, PATIENCE.timeoutMs));
  await inTurn(ids, (id) => client.webhookSettled(id, PATIENCE.timeoutMs));
  const seconds = (performance.now() - startedAt) / 1000;
  return { ...(await tally(ended, stack)), seconds };
}

async function submitAll(jobs: number, { stack }: RunDeps): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < jobs; i++) {
    const body = { text: `Number ${i}. ${TEXT}`, webhook_url: stack.hookUrl };
    ids.push((await submit(stack, body)).job_id);
  }
  return ids;
}

const RETRY_MS = 200;
const MAX_TRIES = 300;

/** As a careful client does it: the same `Idempotency-Key` until there is an answer. */
async function submit(stack: Stack, body: object): Promise<JobView> {
  const headers = { "idempotency-key": randomUUID() };
  const client = createClient(stack.apiUrl, stack.env["BOOTSTRAP_API_KEY"] ?? "");
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const response = await client.request("/v1/tts/async", {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    if (response.status === 202) return (await response.json()) as JobView;
    if (response.status !== 503)
      throw new Error(`submitting answered ${response.status}: ${await response.text()}`);
    await sleep(RETRY_MS);
  }
  throw new Error("submitting answered 503 for a minute");
}

async function killWorker({ docker: { docker }, stack, say }: RunDeps): Promise<void> {
  const workers = await stack.ids("synthesis-worker");
  await docker("kill", workers.at(-1) ?? "");
  say(`killed 1 of ${workers.length} synthesis workers`);
}

/** Started again once the API has noticed, as an orchestrator would. */
async function killRedis({ docker: { docker }, stack, say }: RunDeps): Promise<void> {
  const [redis = ""] = await stack.ids("redis");
  const client = createClient(stack.apiUrl, "");
  await docker("kill", redis);
  await waitFor(async () => !(await client.isReady()), { what: "the API to miss Redis" });
  await docker("start", redis);
  say("killed redis, and started it again once the API had missed it");
}

async function untilDelivered(count: number, { stack }: RunDeps): Promise<void> {
  const delivered = async (): Promise<number> =>
    (await (await fetch(`${stack.receiverUrl}/count`)).json()) as number;
  await waitFor(async () => (await delivered()) >= count, { ...PATIENCE, what: `${count} webhooks` });
}

interface Delivery {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

async function tally(jobs: readonly JobView[], stack: Stack): Promise<Omit<Tally, "seconds">> {
  const deliveries = (await (await fetch(`${stack.receiverUrl}/received`)).json()) as Delivery[];
  const eventIds = new Map<string, Set<string>>();
  for (const { headers, body } of deliveries) {
    const request = {
      method: "POST",
      path: "/hook",
      headers,
      body: Buffer.from(body, "base64"),
      receivedAt: 0,
    };
    const { id, job } = verifyEvent(request, stack.env["WEBHOOK_SECRET"] ?? "");
    eventIds.set(job.job_id, (eventIds.get(job.job_id) ?? new Set()).add(id));
  }
  return {
    jobs: jobs.length,
    completed: jobs.filter(({ status }) => status === "completed").length,
    triedAgain: jobs.filter(({ attempts }) => attempts > 1).length,
    delivered: jobs.filter(({ job_id }) => eventIds.get(job_id)?.size === 1).length,
    deliveries: deliveries.length,
  };
}

async function inTurn<T>(ids: readonly string[], look: (id: string) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (const id of ids) results.push(await look(id));
  return results;
}
