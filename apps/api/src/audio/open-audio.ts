import { ConfigurationError } from "@herald/shared/configuration-error";
import { verifyAudioLink } from "@herald/shared/signing/audio-link";
import type { AudioStorage } from "@herald/shared/storage/audio-storage";
import type { Base } from "../open-base.ts";
import type { AudioRoutesDeps } from "./audio-routes.ts";

/** Throws a ConfigurationError for downloads that this storage cannot give. */
export function openAudio({ settings, stores, now }: Base, storage: AudioStorage): AudioRoutesDeps {
  const key = settings.AUDIO_LINK_SECRET;
  return {
    jobs: stores.jobs,
    storage,
    presign: settings.S3_DOWNLOADS === "redirect" ? presignOf(storage) : undefined,
    verifyAudioLink: (jobId, token) => verifyAudioLink({ key, jobId, token, now: now() }),
    now,
  };
}

function presignOf({ presign }: AudioStorage): AudioStorage["presign"] {
  if (presign === undefined) {
    const fault =
      "S3_DOWNLOADS: redirect needs STORAGE_URL to be an s3:// URL; with files, leave it at proxy";
    throw new ConfigurationError([fault]);
  }
  return presign;
}
