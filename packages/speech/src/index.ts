export type { Engine, SpeakRequest, Speech } from "./engines/engine.ts";
export { EngineError, type EngineErrorCode } from "./engines/engine-error.ts";
export type { EngineEvent, ReplacementReason } from "./engines/pool/engine-event.ts";
export {
  startEnginePool,
  type EnginePool,
  type EnginePoolCounts,
  type EnginePoolOptions,
} from "./engines/pool/start-engine-pool.ts";
export { openEncoder, type EncoderOptions } from "./audio/open-encoder.ts";
export type { AudioFileEncoder, EncodedAudio } from "./audio/audio-file-encoder.ts";
export { SegmentError } from "./speak/segment-error.ts";
export { speakText, type SpeakTextDeps } from "./speak/speak-text.ts";
