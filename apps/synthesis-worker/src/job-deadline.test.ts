import { once } from "node:events";
import { describe, expect, it } from "@jest/globals";
import { AppError } from "@herald/shared/errors";
import type { Job } from "@herald/shared/jobs/job";
import type { ClaimedJob, Spoken } from "@herald/shared/jobs/status";
import { withJobDeadline } from "./job-deadline.ts";
import { JobTimeoutError } from "./job-timeout-error.ts";
import type { Produce } from "./produce-audio.ts";

const JOB = { id: "job-1" } as Job & ClaimedJob;
const SPOKEN = { segments: 1 } as Spoken;
const unasked = new AbortController().signal;

const run = (produce: Produce, { signal = unasked, ms = 20, lettingGoMs = 10_000 } = {}) =>
  withJobDeadline(produce, ms, lettingGoMs)(JOB, "Hello", signal);

describe("withJobDeadline", () => {
  it("leaves work alone that is done in time", async () => {
    await expect(run(() => Promise.resolve(SPOKEN), { ms: 60_000 })).resolves.toBe(SPOKEN);
  });

  it("aborts work that is not, and says that the job took too long", async () => {
    const produce: Produce = async (_job, _text, signal) => {
      await once(signal, "abort");
      throw new Error("aborted");
    };

    await expect(run(produce)).rejects.toThrow(JobTimeoutError);
  });

  it("says of work whose audio was being stored then that the storage cannot be used", async () => {
    const produce: Produce = async (_job, _text, signal) => {
      await once(signal, "abort");
      throw new AppError("storage_unavailable", "the audio was not stored in time");
    };

    await expect(run(produce)).rejects.toMatchObject({ code: "storage_unavailable" });
  });

  it("refuses what is done too late", async () => {
    const produce: Produce = async (_job, _text, signal) => {
      await once(signal, "abort");
      return SPOKEN;
    };

    await expect(run(produce)).rejects.toThrow(JobTimeoutError);
  });

  it("does not wait for work that ignores being aborted", async () => {
    await expect(run(() => new Promise(() => undefined), { lettingGoMs: 10 })).rejects.toThrow(
      JobTimeoutError,
    );
  });

  it("tells a job that was given up for another reason by that reason", async () => {
    const stop = new AbortController();
    const produce: Produce = async (_job, _text, signal) => {
      stop.abort(new Error("shutdown"));
      return Promise.reject(signal.reason as Error);
    };

    await expect(run(produce, { signal: stop.signal, ms: 60_000 })).rejects.toThrow("shutdown");
  });
});
