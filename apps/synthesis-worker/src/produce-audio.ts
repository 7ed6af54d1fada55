import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { audioKeyOf, type ClaimedJob, type Job, type JobAudio, type Spoken } from "@herald/shared/job";
import type { AudioStorage } from "@herald/shared/storage";
import { openEncoder, speakText, type Engine } from "@herald/speech";
import { audioFormats, type AudioFormat } from "@herald/speech/voices";
import { Digest } from "./digest.ts";
import type { Scratch } from "./scratch.ts";

export interface ProduceDeps {
  readonly engine: Engine;
  readonly storage: Pick<AudioStorage, "put">;
  readonly scratch: Pick<Scratch, "fileFor" | "discard">;
  readonly audioTtlMs: number;
  readonly onProgress: (job: ClaimedJob, segmentsDone: number, segmentsTotal: number) => void;
  readonly now: () => Date;
}

type Claimed = Job & ClaimedJob;

/** Text to stored audio, not yet published. Throws what `classifyFault` knows; no scratch file stays behind. */
export type Produce = (job: Claimed, text: string, signal: AbortSignal) => Promise<Spoken>;

export function createProduceAudio(deps: ProduceDeps): Produce {
  return async (job, text, signal) => {
    const file = deps.scratch.fileFor(job.fence);
    try {
      const { segments, durationSeconds } = await speakToFile({ job, text, file }, deps, signal);
      return { segments, audio: { ...(await store(job, file, deps)), durationSeconds } };
    } finally {
      await deps.scratch.discard(file);
    }
  };
}

interface SpeakToFile {
  readonly job: Claimed;
  readonly text: string;
  readonly file: string;
}

async function speakToFile({ job, text, file }: SpeakToFile, deps: ProduceDeps, signal: AbortSignal) {
  const { voice, speed, sampleRate, format } = job.request;
  const encoder = await openEncoder({ format: format as AudioFormat, sampleRate, path: file });
  let segments = 0;
  const onProgress = (done: number, total: number): void => {
    segments = total;
    deps.onProgress(job, done, total);
  };
  try {
    const request = { text, voice, speed, sampleRate };
    for await (const samples of speakText(request, { engine: deps.engine, onProgress }, signal)) {
      await encoder.write(samples);
    }
    const { durationSeconds } = await encoder.finish();
    return { segments, durationSeconds };
  } catch (thrown) {
    await encoder.abort();
    throw thrown;
  }
}

async function store(
  job: Claimed,
  file: string,
  deps: ProduceDeps,
): Promise<Omit<JobAudio, "durationSeconds">> {
  const { contentType, extension } = audioFormats[job.request.format as AudioFormat];
  const key = audioKeyOf({ tenant: job.tenant, jobId: job.id, fence: job.fence, extension });
  const digest = new Digest();
  const [{ bytes }] = await Promise.all([
    deps.storage.put(key, digest),
    pipeline(createReadStream(file), digest),
  ]);
  const expiresAt = deps.now().getTime() + deps.audioTtlMs;
  return { key, contentType, bytes, sha256: digest.hex(), expiresAt };
}
