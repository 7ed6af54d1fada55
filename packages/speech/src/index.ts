export type { Engine } from "./engines/engine.ts";
export { EngineError } from "./engines/engine-error.ts";
export type { EngineEvent } from "./engines/pool/engine-event.ts";
export { startEnginePool, type EnginePool } from "./engines/pool/start-engine-pool.ts";
export { openEncoder } from "./audio/open-encoder.ts";
export type { AudioFileEncoder, EncodedAudio } from "./audio/audio-file-encoder.ts";
export { SegmentError } from "./speak/segment-error.ts";
export { speakText } from "./speak/speak-text.ts";
