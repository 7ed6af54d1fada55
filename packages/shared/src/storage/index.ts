export type { AudioStorage, ByteRange } from "./audio-storage.ts";
export { openStorage } from "./open-storage.ts";
