import { afterEach, describe, expect, it } from "@jest/globals";
import type { ClaimedJob } from "@herald/shared/jobs/status";
import { createClaimWatch, type ClaimWatch } from "./claim-watch.ts";

const NEVER = new AbortController().signal;
const JOB: ClaimedJob = { id: "job-1", tenant: "acme", status: "processing", fence: "mine" };

let watch: ClaimWatch;

afterEach(() => watch.stop());

function setup({ lost = [] as ClaimedJob[], everyMs = 3_600_000 } = {}) {
  watch = createClaimWatch({
    jobs: { lostClaims: () => Promise.resolve(lost) },
    onError: () => undefined,
    everyMs,
  });
  /** Works until its signal is aborted. */
  const work = (signal: AbortSignal) =>
    new Promise<never>((_resolve, reject) => {
      signal.addEventListener("abort", () => {
        reject(signal.reason as Error);
      });
    });
  return { during: (signal = NEVER) => watch.during(JOB, work, signal) };
}

describe("work on a claimed job", () => {
  it("is stopped when its job is cancelled", async () => {
    const { during } = setup();
    const working = during();

    watch.lose({ tenant: "acme", jobId: "job-1" });

    await expect(working).rejects.toThrow("the claim is lost");
  });

  it("is stopped when the record says so, though no message came", async () => {
    const { during } = setup({ lost: [JOB], everyMs: 5 });

    await expect(during()).rejects.toThrow("the claim is lost");
  });

  it("goes on when another job is cancelled, or one of that name elsewhere, and still obeys its own signal", async () => {
    const { during } = setup();
    const abort = new AbortController();
    const working = during(abort.signal);

    watch.lose({ tenant: "acme", jobId: "job-2" });
    watch.lose({ tenant: "other", jobId: "job-1" });
    abort.abort(new Error("shutdown"));

    await expect(working).rejects.toThrow("shutdown");
  });

  it("gives its result, and is forgotten", async () => {
    setup();

    await expect(watch.during(JOB, () => Promise.resolve("spoken"), NEVER)).resolves.toBe("spoken");

    expect(() => {
      watch.lose({ tenant: "acme", jobId: "job-1" });
    }).not.toThrow();
  });
});
