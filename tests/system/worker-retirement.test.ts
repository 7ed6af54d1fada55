import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startHerald, type Herald } from "../support/herald.ts";

const SHARE = 3;

describe("a synthesis worker with a share of jobs to do", () => {
  let herald: Herald;

  beforeAll(async () => {
    herald = await startHerald({ env: { WORKER_MAX_JOBS: String(SHARE) } });
  }, 60_000);

  afterAll(() => herald.stop(), 60_000);

  it("ends of itself when they are done, with 0, and leaves none unfinished", async () => {
    const [worker] = herald.synthesisWorkers;
    const submitted = await Promise.all(
      Array.from({ length: SHARE + 1 }, (_, i) =>
        herald.client.submit({ text: `Sentence number ${i}.`, format: "wav" }),
      ),
    );

    const ended = await Promise.all(submitted.map(({ job_id }) => herald.client.ended(job_id)));

    expect(ended.map(({ status, attempts }) => [status, attempts])).toEqual(
      submitted.map(() => ["completed", 1]),
    );
    expect(await worker?.exited).toBe(0);
  }, 60_000);
});
