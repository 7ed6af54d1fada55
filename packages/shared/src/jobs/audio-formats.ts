/** Every format that a request may name. Which of them can be made so far is known where audio is encoded. */
export const audioFormats = ["mp3", "wav", "opus", "aac", "flac", "pcm"] as const;
export type AudioFormat = (typeof audioFormats)[number];

/** Hz. Every format can carry each of them. */
export const sampleRates = [8000, 16000, 22050, 24000, 44100, 48000] as const;
