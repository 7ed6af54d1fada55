import { z } from "zod";
import { audioFormats, sampleRates } from "./audio-formats.ts";
import { priorities, webhookEvents } from "./job.ts";

const metadata = z
  .record(z.string().min(1).max(64), z.string().max(512))
  .refine((pairs) => Object.keys(pairs).length <= 16, "at most 16 pairs are allowed");

/**
 * The body of `POST /v1/tts/async` as far as it can be judged on its own. What needs more than the body (does the voice
 * exist, may the URL be called, is anything in the text speakable) is judged by the API.
 */
export function synthesisRequestSchema({ maxTextChars }: { maxTextChars: number }) {
  return z.strictObject({
    text: z
      .string()
      .refine((text) => countChars(text) <= maxTextChars, {
        error: `must be at most ${maxTextChars} characters long`,
        params: { code: "text_too_long" },
      })
      .meta({
        expects: `text of 1 to ${maxTextChars.toLocaleString("en")} code points`,
        description: "What is spoken. At least one letter or digit must be in it.",
      }),
    input_type: z
      .enum(["text"], "must be text: ssml is not supported yet")
      .default("text")
      .describe("What `text` is. SSML is not supported yet."),
    voice: z.string().optional().meta({
      expects: "an `id` of `GET /v1/voices`",
      description: "Who speaks. Without it, the operator's `DEFAULT_VOICE`.",
    }),
    format: z.enum(audioFormats).default("mp3").meta({
      expects: "`mp3` or `wav`",
      description:
        "How the audio is encoded. `opus`, `aac`, `flac` and `pcm` are answered with `format_not_supported`, for now.",
    }),
    sample_rate: z
      .literal(sampleRates)
      .optional()
      .describe("Samples a second, in Hz. Without it, the voice's own rate."),
    speed: z.number().min(0.25).max(4).default(1).describe("How fast it is spoken; 2 is twice as fast."),
    webhook_url: z.string().optional().meta({
      expects: "an `https` URL of a public address",
      description: "Told when the job ends. Operators may allow `http` and ranges of private addresses.",
    }),
    webhook_events: z
      .array(z.enum(webhookEvents))
      .min(1)
      .default([...webhookEvents])
      .describe("Which ends `webhook_url` is told of. It says nothing about endpoints, which have `events`."),
    metadata: metadata.default({}).meta({
      expects: "an object of up to 16 texts; names of 1 to 64, values of up to 512 characters",
      description: "Yours. It comes back in the job and in its webhooks.",
    }),
    priority: z
      .enum(priorities)
      .default("normal")
      .describe("Which of your waiting jobs goes first. It is not compared with other tenants' jobs."),
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
