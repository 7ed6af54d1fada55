import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { Job } from "@herald/shared/jobs/job";
import type { ClaimedJob } from "@herald/shared/jobs/status";
import type { Engine } from "@herald/speech/engines/engine";
import { JobTimeoutError } from "./job-timeout-error.ts";
import { createProduceAudio } from "./produce-audio.ts";

const JOB = {
  id: "job-1",
  tenant: "acme",
  fence: "mine",
  request: { format: "wav", voice: "en-us", speed: 1, sampleRate: 22_050 },
} as Job & ClaimedJob;
const TONE = Int16Array.from({ length: 22_050 }, (_, i) => 8000 * Math.sin(i / 10));

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "herald-produce-test-"));
});
afterEach(() => rm(directory, { recursive: true }));

/** Stores nothing, until it is told to stop. */
function hangingPut(onPutting: () => void) {
  return (_key: string, audio: Readable, signal?: AbortSignal) => {
    audio.resume();
    return new Promise<never>((_resolve, reject) => {
      signal?.addEventListener("abort", () => {
        reject(signal.reason as Error);
      });
      onPutting();
    });
  };
}

describe("audio that a storage hangs on", () => {
  async function giveUp(reason: Error): Promise<unknown> {
    const stop = new AbortController();
    const speak = () => Promise.resolve({ samples: TONE, sampleRate: 22_050 });
    const put = hangingPut(() => {
      stop.abort(reason);
    });
    const produce = createProduceAudio({
      engine: { speak } as unknown as Engine,
      storage: { put },
      scratch: { fileFor: (fence) => join(directory, fence) },
      audioTtlMs: 1000,
      onProgress: () => undefined,
      now: () => new Date(),
    });
    return produce(JOB, "Hello there.", stop.signal).catch((thrown: unknown) => thrown);
  }

  it("is let go of as soon as the job is cancelled", async () => {
    const cancelled = new Error("the claim is lost");

    expect(await giveUp(cancelled)).toBe(cancelled);

    expect(await readdir(directory)).toEqual([]);
  });

  it("is the storage's fault, and not the job's, when the job's time is over", async () => {
    const late = new JobTimeoutError("late");

    expect(await giveUp(late)).toMatchObject({ code: "storage_unavailable", cause: late });
  });
});
