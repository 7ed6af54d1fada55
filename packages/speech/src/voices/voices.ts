import { espeakVoiceRows } from "./espeak-voice-rows.ts";
import type { Voice } from "./voice.ts";

const ESPEAK_SAMPLE_RATE = 22_050;

/** Every voice by id, in the order of the ids. */
export const voices: ReadonlyMap<string, Voice> = new Map(
  espeakVoiceRows.map(([id, engineVoice, language, name]) => [
    id,
    {
      id,
      name,
      engine: "espeak",
      engineVoice,
      language,
      // eSpeak's default. It has other genders as variants of a voice, and no variant is listed here.
      gender: "male",
      sampleRate: ESPEAK_SAMPLE_RATE,
      formats: ["mp3", "wav"],
    },
  ]),
);
