export type AudioFormat = "mp3" | "wav";

export interface AudioFormatInfo {
  readonly contentType: string;
}

export const audioFormats: Readonly<Record<AudioFormat, AudioFormatInfo>> = {
  mp3: { contentType: "audio/mpeg" },
  wav: { contentType: "audio/wav" },
};

export const audioFormatNames = ["mp3", "wav"] as const satisfies readonly AudioFormat[];

/** Rates that every format above can carry. */
export const sampleRates = [8000, 16000, 22050, 24000, 44100, 48000] as const;
