export { audioFormats, sampleRates, type AudioFormat } from "./audio-formats.ts";
export { nearestVoices } from "./nearest-voices.ts";
export type { Voice } from "./voice.ts";
export { voices } from "./voices.ts";
