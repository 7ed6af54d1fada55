import type { Guards, Routes } from "../http/mount.ts";
import { linkOr, type AuthenticateLinkDeps } from "./authenticate-link.ts";
import { getAudio, type GetAudioDeps } from "./get-audio.ts";

export type AudioRoutesDeps = AuthenticateLinkDeps & GetAudioDeps;

export function audioRoutes(deps: AudioRoutesDeps, { auth }: Guards): Routes {
  return { "/v1/jobs/:job_id/audio": { get: [linkOr(auth, deps), getAudio(deps)] } };
}
