import { AppError } from "@herald/shared/errors";
import type { JobAudio } from "@herald/shared/jobs/job-result";
import type { AudioStorage, DirectDownload } from "@herald/shared/storage/audio-storage";
import type { Response } from "express";

export interface RedirectToAudio {
  readonly presign: NonNullable<AudioStorage["presign"]>;
  readonly method: DirectDownload["method"];
  readonly audio: JobAudio;
  readonly contentDisposition: string;
  readonly now: Date;
}

/** A download must begin within this time; how long it goes on does not matter. */
const LINK_SECONDS = 300;

/**
 * Sends the client to the storage, which answers for itself from there on: HEAD, ranges and their `If-Range` too. So no
 * version is named here, and the link, which lets in whoever has it, is not to be kept.
 */
export async function redirectToAudio(res: Response, redirect: RedirectToAudio): Promise<void> {
  const { presign, method, audio, contentDisposition, now } = redirect;
  const secondsLeft = Math.floor((audio.expiresAt - now.getTime()) / 1000);
  const location = await presign(audio.key, {
    method,
    expiresInSeconds: Math.max(1, Math.min(LINK_SECONDS, secondsLeft)),
    contentType: audio.contentType,
    contentDisposition,
    cacheControl: `private, max-age=${secondsLeft}`,
  });
  if (location === null) {
    throw new AppError("storage_unavailable", "the audio cannot be read right now");
  }
  res.removeHeader("etag");
  res.status(307).set({ "cache-control": "no-store", "cross-origin-resource-policy": "cross-origin" });
  // Not through Express, which would encode what is signed as it stands.
  res.setHeader("location", location);
  res.end();
}
