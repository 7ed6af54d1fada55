import type { JobLinks } from "../jobs/present-job.ts";
import { signAudioLink } from "./audio-link.ts";

export interface AudioUrlOptions {
  /** Where clients reach the API, with or without a slash at its end. */
  readonly publicUrl: string;
  readonly key: Buffer;
}

/** Links to a job's audio that need no API key and are good for as long as the audio is kept. */
export function createAudioUrl({ publicUrl, key }: AudioUrlOptions): JobLinks["audioUrl"] {
  const base = publicUrl.replace(/\/+$/, "");
  return ({ id: jobId, tenant }, audio) => {
    const token = signAudioLink({ key, tenant, jobId, expiresAt: new Date(audio.expiresAt) });
    return `${base}/v1/jobs/${jobId}/audio?token=${token}`;
  };
}
