import { setTimeout as sleep } from "node:timers/promises";
import type { Client, JobView } from "../support/client.ts";

/** A submission that was answered with 202, which is a promise. */
export interface Accepted {
  readonly jobId: string;
  readonly sentAt: number;
  readonly acceptedAt: number;
  /** How often it was sent until somebody answered. */
  readonly tries: number;
  /** Whether its cancellation was answered with 200, which is a promise too. */
  cancelled: boolean;
}

export interface LoadOptions {
  readonly client: Client;
  readonly webhookUrl: string;
  readonly jobs: number;
  /** How many of them may have been submitted by now: each strike gets its share of the work. */
  readonly allowed: () => number;
  readonly random: () => number;
  readonly name: string;
}

const SUBMITTERS = 12;
const SHORT = "A few words.";
/** Long enough to be caught in the middle. */
const LONG = "This job is long enough to be caught in the middle of its work by whatever comes. ".repeat(40);
const LONG_SHARE = 0.2;
const CANCELLED_SHARE = 0.05;
const RETRY_MS = 50;
const CALL_LIMIT_MS = 5_000;

/** A customer who repeats a request under the same Idempotency-Key until it is answered. */
export async function submitJobs(options: LoadOptions): Promise<readonly Accepted[]> {
  const accepted: Accepted[] = [];
  let next = 0;
  const submitter = async (): Promise<void> => {
    for (let index = next++; index < options.jobs; index = next++) {
      while (index >= options.allowed()) await sleep(RETRY_MS);
      accepted.push(await submitOne(options, index));
    }
  };
  await Promise.all(Array.from({ length: SUBMITTERS }, submitter));
  return accepted;
}

async function submitOne(
  { client, webhookUrl, random, name }: LoadOptions,
  index: number,
): Promise<Accepted> {
  const text = random() < LONG_SHARE ? LONG : SHORT;
  const willCancel = random() < CANCELLED_SHARE;
  const body = JSON.stringify({ text, format: "wav", sample_rate: 8000, webhook_url: webhookUrl });
  const sentAt = Date.now();
  const { response, tries } = await untilAnswered(() =>
    client.request("/v1/tts/async", {
      method: "POST",
      body,
      headers: { "idempotency-key": `${name}-${index}` },
      signal: AbortSignal.timeout(CALL_LIMIT_MS),
    }),
  );
  if (response.status !== 202) throw new Error(`submitting answered ${response.status}`);
  const { job_id: jobId } = (await response.json()) as JobView;
  const acceptedAt = Date.now();
  const cancelled = willCancel && (await cancel(client, jobId));
  return { jobId, sentAt, acceptedAt, tries, cancelled };
}

async function cancel(client: Client, jobId: string): Promise<boolean> {
  const { response } = await untilAnswered(() =>
    client.request(`/v1/jobs/${jobId}?force=true`, {
      method: "DELETE",
      signal: AbortSignal.timeout(CALL_LIMIT_MS),
    }),
  );
  // 409: it had ended, perhaps by an earlier try of ours whose answer was lost.
  return response.status === 200;
}

/** 5xx and broken connections are no answer. */
async function untilAnswered(
  call: () => Promise<Response>,
): Promise<{ readonly response: Response; readonly tries: number }> {
  for (let tries = 1; ; tries++) {
    const response = await call().catch(() => null);
    if (response !== null && response.status < 500) return { response, tries };
    await sleep(RETRY_MS);
  }
}
