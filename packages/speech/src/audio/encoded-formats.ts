import type { AudioFormat } from "@herald/shared/jobs/audio-formats";

interface EncodedFormatInfo {
  readonly contentType: string;
}

/** The formats that can be made so far. */
export const encodedFormats = {
  mp3: { contentType: "audio/mpeg" },
  wav: { contentType: "audio/wav" },
} as const satisfies Partial<Record<AudioFormat, EncodedFormatInfo>>;

export type EncodedFormat = keyof typeof encodedFormats;

export function isEncoded(format: AudioFormat): format is EncodedFormat {
  return Object.hasOwn(encodedFormats, format);
}
