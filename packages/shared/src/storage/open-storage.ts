import { fileURLToPath } from "node:url";
import type { AudioStorage } from "./audio-storage.ts";
import { createFileStorage } from "./file-storage.ts";

/** The adapter that a STORAGE_URL asks for; the configuration lets none pass but `file:`. */
export function openStorage(url: URL | string): AudioStorage {
  return createFileStorage({ directory: fileURLToPath(url) });
}
