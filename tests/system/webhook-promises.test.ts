import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { RunningApp } from "../support/apps.ts";
import type { JobView } from "../support/client.ts";
import { startHerald, type Herald } from "../support/herald.ts";
import { createOwnRedis, type OwnRedis } from "../support/own-redis.ts";
import { startReceiver, type ReceiverOptions } from "../support/receiver.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { waitFor } from "../support/wait.ts";
import { verifyEvent, type ReceivedEvent } from "../support/webhooks.ts";

type Receiver = Awaited<ReturnType<typeof startReceiver>>;

const SUBMISSION = { text: "Hello there.", format: "wav" };

let redis: OwnRedis;
let herald: Herald;
const receivers: Receiver[] = [];

async function openReceiver(options: ReceiverOptions): Promise<Receiver> {
  const receiver = await startReceiver(options);
  receivers.push(receiver);
  return receiver;
}

beforeAll(async () => {
  redis = await createOwnRedis();
  await redis.start();
  herald = await startHerald({ redis });
}, 60_000);

afterAll(async () => {
  await herald.stop();
  await Promise.all(receivers.map((receiver) => receiver.stop()));
}, 60_000);

describe("a receiver that asks for the job inside its handler", () => {
  const JOBS = 50;

  interface Found {
    readonly told: JobView;
    readonly job: JobView;
    readonly audioBytes: number;
  }

  async function lookUp({ job: told }: ReceivedEvent): Promise<Found> {
    const [job, audio] = await Promise.all([herald.client.job(told.job_id), fetch(told.audio?.url ?? "")]);
    return { told, job, audioBytes: (await audio.arrayBuffer()).byteLength };
  }

  it("finds it finished each time, and its audio whole", async () => {
    const found: Found[] = [];
    const receiver = await openReceiver({
      async respond(request) {
        found.push(await lookUp(verifyEvent(request, herald.webhookSecret)));
        return { status: 204 };
      },
    });
    const submission = { ...SUBMISSION, webhook_url: receiver.url };

    const jobs = await Promise.all(Array.from({ length: JOBS }, () => herald.client.submit(submission)));
    await Promise.all(jobs.map(({ job_id }) => herald.client.webhookSettled(job_id, 60_000)));

    expect(found).toHaveLength(JOBS);
    for (const { told, job, audioBytes } of found) {
      expect(job).toMatchObject({ status: "completed", audio: told.audio });
      expect(audioBytes).toBe(told.audio?.bytes);
    }
  }, 90_000);
});

describe("a webhook worker killed at 20 points, and Redis once", () => {
  const POINTS = 20;
  const JOBS_PER_POINT = 4;
  const SEED = 20_260_102;

  /** Before the receiver answers, or so soon after that the worker may not have made a note of it. */
  interface KillPoint {
    readonly atRequest: number;
    readonly answersFirst: boolean;
  }

  function choosePoints(): readonly KillPoint[] {
    const random = seededRandom(SEED);
    return Array.from({ length: POINTS }, () => ({
      atRequest: 1 + Math.floor(random() * JOBS_PER_POINT),
      answersFirst: random() < 0.5,
    }));
  }

  /** A receiver that can be told to have a process killed at its nth request from now on. */
  async function startDeadlyReceiver() {
    let [countdown, fire] = [0, () => Promise.resolve()];
    let answersFirst = false;
    const receiver = await openReceiver({
      async respond() {
        countdown--;
        if (countdown !== 0) return { status: 204 };
        const killed = fire();
        if (!answersFirst) await killed;
        return { status: 204 };
      },
    });
    return {
      receiver,
      arm: (point: KillPoint, victim: RunningApp): Promise<void> =>
        new Promise((resolve) => {
          ({ atRequest: countdown, answersFirst } = point);
          fire = () => victim.kill().then(resolve);
        }),
    };
  }

  it("owes nothing: each job is told of, and again only under the same webhook-id", async () => {
    const { receiver, arm } = await startDeadlyReceiver();
    const submission = { ...SUBMISSION, webhook_url: receiver.url };
    const ids: string[] = [];
    let worker = herald.webhookWorker;

    for (const [i, point] of choosePoints().entries()) {
      const killed = arm(point, worker);
      const jobs = await Promise.all(
        Array.from({ length: JOBS_PER_POINT }, () => herald.client.submit(submission)),
      );
      ids.push(...jobs.map(({ job_id }) => job_id));
      await killed;
      if (i === POINTS / 2) {
        await redis.kill();
        await redis.start();
        await waitFor(() => herald.client.isReady(), { what: "the API to be back" });
      }
      worker = (await herald.startAnother("webhook-worker")).app;
    }

    const ended = await Promise.all(ids.map((id) => herald.client.webhookSettled(id, 60_000)));
    expect(ended.map(({ webhook }) => webhook.status)).toEqual(ids.map(() => "delivered"));
    const told = receiver.requests.map((request) => verifyEvent(request, herald.webhookSecret));
    expect(new Set(told.map(({ job }) => job.job_id))).toEqual(new Set(ids));
    expect(told.length).toBeGreaterThan(ids.length);
    // As many ids as jobs, and as many bodies: whatever came twice came as the same.
    expect(new Set(told.map(({ id }) => id)).size).toBe(ids.length);
    expect(new Set(receiver.requests.map(({ body }) => body.toString())).size).toBe(ids.length);
  }, 180_000);
});
