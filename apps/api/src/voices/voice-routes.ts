import type { Guards, Routes } from "../http/mount.ts";
import { listVoices } from "./list-voices.ts";

export function voiceRoutes({ auth }: Guards): Routes {
  return { "/v1/voices": { get: [auth, listVoices] } };
}
