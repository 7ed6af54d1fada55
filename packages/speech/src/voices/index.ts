export {
  audioFormatNames,
  audioFormats,
  sampleRates,
  type AudioFormat,
  type AudioFormatInfo,
} from "./audio-formats.ts";
export { nearestVoices } from "./nearest-voices.ts";
export type { Voice } from "./voice.ts";
export { voices } from "./voices.ts";
