export type { AudioStorage, ByteRange, DirectDownload } from "./audio-storage.ts";
export { openStorage } from "./open-storage.ts";
