import { createHash, type Hash } from "node:crypto";
import { Readable } from "node:stream";
import { AppError } from "@herald/shared/errors";
import { audioKeyOf } from "@herald/shared/jobs/audio-key";
import type { Job } from "@herald/shared/jobs/job";
import type { JobAudio } from "@herald/shared/jobs/job-result";
import type { ClaimedJob, Spoken } from "@herald/shared/jobs/status";
import type { AudioStorage } from "@herald/shared/storage/audio-storage";
import type { AudioFileEncoder, EncodedAudio } from "@herald/speech/audio/audio-file-encoder";
import { openEncoder } from "@herald/speech/audio/open-encoder";
import type { Engine } from "@herald/speech/engines/engine";
import { speakText } from "@herald/speech/speak/speak-text";
import { encodedFormats, isEncoded, type EncodedFormat } from "@herald/speech/audio/encoded-formats";
import { JobTimeoutError } from "./job-timeout-error.ts";
import type { Scratch } from "./scratch.ts";

export interface ProduceDeps {
  readonly engine: Engine;
  readonly storage: Pick<AudioStorage, "put">;
  readonly scratch: Pick<Scratch, "fileFor">;
  readonly audioTtlMs: number;
  readonly onProgress: (job: ClaimedJob, segmentsDone: number, segmentsTotal: number) => void;
  readonly now: () => Date;
}

type Claimed = Job & ClaimedJob;

/** Text to stored audio, not yet published. Throws what `classifyFault` knows; no scratch file stays behind. */
export type Produce = (job: Claimed, text: string, signal: AbortSignal) => Promise<Spoken>;

export function createProduceAudio(deps: ProduceDeps): Produce {
  return async (job, text, signal) => {
    const { sampleRate } = job.request;
    const format = encodedFormatOf(job);
    const path = deps.scratch.fileFor(job.fence);
    const encoder = await openEncoder({ format, sampleRate, path });
    try {
      const segments = await speakInto(encoder, { job, text, signal }, deps);
      const encoded = await encoder.finish();
      return { segments, audio: await store(encoded, { job, format, signal }, deps) };
    } finally {
      await encoder.discard();
    }
  };
}

/** The API takes no job in another format; that of a later version may have. */
function encodedFormatOf({ request: { format } }: Claimed): EncodedFormat {
  if (!isEncoded(format)) throw new Error(`there is no encoder for ${format}`);
  return format;
}

interface Speaking {
  readonly job: Claimed;
  readonly text: string;
  readonly signal: AbortSignal;
}

/** Resolves to how many segments there were. */
async function speakInto(
  encoder: AudioFileEncoder,
  { job, text, signal }: Speaking,
  deps: ProduceDeps,
): Promise<number> {
  const { voice, speed, sampleRate } = job.request;
  let segments = 0;
  const onProgress = (done: number, total: number): void => {
    segments = total;
    deps.onProgress(job, done, total);
  };
  const request = { text, voice, speed, sampleRate };
  for await (const samples of speakText(request, { engine: deps.engine, onProgress }, signal)) {
    await encoder.write(samples);
  }
  return segments;
}

interface Storing {
  readonly job: Claimed;
  readonly format: EncodedFormat;
  readonly signal: AbortSignal;
}

async function store(
  encoded: EncodedAudio,
  { job, format, signal }: Storing,
  deps: ProduceDeps,
): Promise<JobAudio> {
  const key = audioKeyOf({ tenant: job.tenant, jobId: job.id, fence: job.fence, format });
  const hash = createHash("sha256");
  const source = Readable.from(hashing(encoded.read(), hash));
  const { bytes } = await deps.storage.put(key, source, signal).catch((thrown: unknown) => {
    throw signal.reason instanceof JobTimeoutError ? storedTooSlowly(thrown) : thrown;
  });
  return {
    key,
    contentType: encodedFormats[format].contentType,
    bytes,
    durationSeconds: Math.round(encoded.durationSeconds * 1000) / 1000,
    sha256: hash.digest("hex"),
    expiresAt: deps.now().getTime() + deps.audioTtlMs,
  };
}

/** The job was spoken in time. */
function storedTooSlowly(cause: unknown): AppError {
  return new AppError("storage_unavailable", "the audio could not be stored in time", { cause });
}

/** Passes bytes on as they are; the hash knows them once they are through. */
async function* hashing(source: AsyncIterable<Buffer>, hash: Hash): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    hash.update(chunk);
    yield chunk;
  }
}
