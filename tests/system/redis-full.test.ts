import { readdir } from "node:fs/promises";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { startHerald, type Herald } from "../support/herald.ts";
import { createOwnRedis, type OwnRedis } from "../support/own-redis.ts";
import { waitFor } from "../support/wait.ts";

/** An entry counts as late after 10 s, and is looked for each 5 s. */
const SPARE_WITHIN_MS = 30_000;
const AUDIO_TTL_MS = 4_000;
/** What an entry was taken for and could not be run for is found by its lock, which lasts 10 s. */
const BACK_WITHIN_MS = 30_000;

let redis: OwnRedis;
let herald: Herald;

beforeAll(async () => {
  redis = await createOwnRedis();
  await redis.start();
  const env = { AUDIO_TTL: `${AUDIO_TTL_MS}ms`, EXPIRY_INTERVAL: "1s", RECONCILE_INTERVAL: "1s" };
  herald = await startHerald({ redis, env });
}, 60_000);
afterAll(() => herald.stop(), 60_000);

const limitMemory = (bytes: string) => redis.ask((client) => client.config("SET", "maxmemory", bytes));
const hasFinished = (task: string, since: number) => () =>
  herald.housekeeper
    .output()
    .slice(since)
    .split("\n")
    .some((line) => line.includes("housekeeping.finished") && line.includes(`"task":"${task}"`));

it("makes room by itself while nobody can take entries from a queue, and keeps house as always once there is room", async () => {
  const { job_id } = await herald.client.submit({ text: "Hello there.", format: "wav" });
  const { audio } = await herald.client.ended(job_id);
  await limitMemory("1");

  const isGone = async () =>
    (await readdir(herald.audioDirectory, { recursive: true })).every(
      (name) => !name.includes(job_id) || !name.endsWith(".wav"),
    );
  expect(audio).not.toBeNull();
  await waitFor(isGone, { timeoutMs: AUDIO_TTL_MS + SPARE_WITHIN_MS, what: "the audio to be deleted" });

  await limitMemory("0");
  const since = herald.housekeeper.output().length;
  await waitFor(hasFinished("reconcile", since), {
    timeoutMs: BACK_WITHIN_MS,
    what: "the reconciler to run",
  });
}, 90_000);
