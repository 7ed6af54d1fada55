import { extname } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { AppError } from "@herald/shared/errors";
import type { Job } from "@herald/shared/jobs/job";
import type { JobAudio } from "@herald/shared/jobs/job-result";
import type { AudioStorage, ByteRange } from "@herald/shared/storage/audio-storage";
import type { JobStore } from "@herald/jobs/record/job-store";
import type { Request, RequestHandler, Response } from "express";
import { byteRange } from "./byte-range.ts";
import { contextOf } from "../http/context.ts";
import { findJob } from "../jobs/find-job.ts";
import { redirectToAudio } from "./redirect-to-audio.ts";

export interface GetAudioDeps {
  readonly jobs: Pick<JobStore, "find">;
  readonly storage: Pick<AudioStorage, "open">;
  /** Where it is given, clients are sent to the storage instead of having the audio passed on to them. */
  readonly presign?: AudioStorage["presign"];
  readonly now: () => Date;
}

/** GET and HEAD /v1/jobs/:job_id/audio */
export function getAudio({ jobs, storage, presign, now }: GetAudioDeps): RequestHandler {
  return async (req, res) => {
    const job = await findJob(jobs, req, res);
    const audio = availableAudio(job, now());
    nameVersion(res, audio, now());
    if (req.fresh) {
      res.status(304).end();
      return;
    }
    if (presign !== undefined) {
      const method = req.method === "HEAD" ? "HEAD" : "GET";
      if (method === "GET") rangeWanted(req, res, audio); // Refused here, in our own words, when it is outside the file.
      const contentDisposition = dispositionOf(job, audio);
      await redirectToAudio(res, { presign, method, audio, contentDisposition, now: now() });
      return;
    }
    if (req.method === "HEAD") {
      describeBody(res, { job, audio, range: null });
      res.end();
      return;
    }
    const range = rangeWanted(req, res, audio);
    const body = await open(storage, audio, range);
    describeBody(res, { job, audio, range });
    await send(body, res);
  };
}

function availableAudio(job: Job, now: Date): JobAudio {
  const { audio, status, audioExpired } = job;
  if (audio === null) {
    throw new AppError("audio_not_ready", `there is no audio: the job is ${status}`, { param: "job_id" });
  }
  if (audioExpired || now.getTime() >= audio.expiresAt) {
    throw new AppError("audio_expired", "the audio of this job has expired and was deleted", {
      param: "job_id",
    });
  }
  return audio;
}

/** A job's audio never changes, only goes. `private`, because whoever asks next may not be allowed to. */
function nameVersion(res: Response, audio: JobAudio, now: Date): void {
  const secondsLeft = Math.floor((audio.expiresAt - now.getTime()) / 1000);
  res.set({ etag: etagOf(audio), "cache-control": `private, max-age=${secondsLeft}` });
}

function etagOf({ sha256 }: JobAudio): string {
  return `"${sha256}"`;
}

/** Null for all of it. With `If-Range`, a part is wanted of this very version only. */
function rangeWanted(req: Request, res: Response, audio: JobAudio): ByteRange | null {
  const version = req.get("if-range");
  if (version !== undefined && version !== etagOf(audio)) {
    return null;
  }
  const range = byteRange(req.get("range"), audio.bytes);
  if (range === "unsatisfiable") {
    res.set("content-range", `bytes */${audio.bytes}`);
    throw new AppError("range_not_satisfiable", `the file has only ${audio.bytes} bytes`, { param: "Range" });
  }
  return range === "whole" ? null : range;
}

interface Representation {
  readonly job: Job;
  readonly audio: JobAudio;
  readonly range: ByteRange | null;
}

function describeBody(res: Response, { job, audio, range }: Representation): void {
  res.set({
    "accept-ranges": "bytes",
    "content-disposition": dispositionOf(job, audio),
    "content-length": String(range === null ? audio.bytes : range.end - range.start + 1),
    // A player on another site's page may use the signed link.
    "cross-origin-resource-policy": "cross-origin",
  });
  // Not through Express, which would add a charset.
  res.setHeader("content-type", audio.contentType);
  if (range !== null) {
    res.status(206).set("content-range", `bytes ${range.start}-${range.end}/${audio.bytes}`);
  }
}

function dispositionOf(job: Job, audio: JobAudio): string {
  return `inline; filename="${job.id}${extname(audio.key)}"`;
}

async function open(
  storage: GetAudioDeps["storage"],
  audio: JobAudio,
  range: ByteRange | null,
): Promise<Readable> {
  const body = await (range === null ? storage.open(audio.key) : storage.open(audio.key, range));
  if (body === null) {
    throw new AppError("storage_unavailable", "the audio cannot be read right now");
  }
  return body;
}

/** Closes the file also when the client goes away, which is not a failure. */
async function send(body: Readable, res: Response): Promise<void> {
  try {
    await pipeline(body, exactly(Number(res.get("content-length"))), res);
  } catch (cause) {
    if (!isClientGone(cause)) {
      contextOf(res).failure = new AppError("storage_unavailable", "the audio broke off", { cause });
    }
  }
}

/** A file that is not as long as its record says would leave the client waiting, or spill into the next answer. */
function exactly(bytes: number) {
  return async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let left = bytes;
    for await (const chunk of chunks) {
      left -= chunk.length;
      if (left < 0) break;
      yield chunk;
    }
    if (left !== 0) throw new Error(`the stored file is not ${bytes} bytes long`);
  };
}

function isClientGone(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ERR_STREAM_PREMATURE_CLOSE";
}
