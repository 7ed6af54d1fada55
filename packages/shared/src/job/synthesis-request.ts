import { z } from "zod";
import { priorities, webhookEvents } from "./job.ts";

export const requestFormats = ["mp3", "wav", "opus", "aac", "flac", "pcm"] as const;
const sampleRates = [8000, 16000, 22050, 24000, 44100, 48000] as const;

const metadata = z
  .record(z.string().min(1).max(64), z.string().max(512))
  .refine((pairs) => Object.keys(pairs).length <= 16, "at most 16 pairs are allowed");

/**
 * The body of `POST /v1/tts/async` as far as it can be judged on its own. What needs more than the body (does the voice
 * exist, may the URL be called, is anything in the text speakable) is judged by the API.
 */
export function synthesisRequestSchema({ maxTextChars }: { maxTextChars: number }) {
  return z.strictObject({
    text: z.string().refine((text) => countChars(text) <= maxTextChars, {
      error: `must be at most ${maxTextChars} characters long`,
      params: { code: "text_too_long" },
    }),
    input_type: z.enum(["text"], "must be text: ssml is not supported yet").default("text"),
    voice: z.string().optional(),
    format: z.enum(requestFormats).default("mp3"),
    sample_rate: z.literal(sampleRates).optional(),
    speed: z.number().min(0.25).max(4).default(1),
    webhook_url: z.string().optional(),
    webhook_events: z
      .array(z.enum(webhookEvents))
      .min(1)
      .default([...webhookEvents]),
    metadata: metadata.default({}),
    priority: z.enum(priorities).default("normal"),
  });
}

export type SynthesisRequest = z.infer<ReturnType<typeof synthesisRequestSchema>>;

/** Unicode code points, without building an array of them: the text may be a book. */
export function countChars(text: string): number {
  let chars = text.length;
  for (let i = 0; i + 1 < text.length; i++) {
    if (isHighSurrogate(text.charCodeAt(i)) && isLowSurrogate(text.charCodeAt(i + 1))) {
      chars--;
    }
  }
  return chars;
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
const isLowSurrogate = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;
