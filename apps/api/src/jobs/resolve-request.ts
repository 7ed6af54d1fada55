import { AppError } from "@herald/shared/errors";
import type { JobRequest } from "@herald/shared/jobs/job";
import { countChars, type SynthesisRequest } from "@herald/shared/jobs/synthesis-request";
import { isSpeakable } from "@herald/speech/text/is-speakable";
import { nearestVoices } from "@herald/speech/voices/nearest-voices";
import type { Voice } from "@herald/speech/voices/voice";
import { voices } from "@herald/speech/voices/voices";

export interface ResolveRequestDeps {
  readonly defaultVoice: string;
  /** Throws `invalid_webhook_url` or `blocked_address`. */
  readonly parseWebhookUrl: (text: string) => URL;
}

const NEAR_VOICES = 3;

/** The request with every default filled in and everything checked that takes more than the body to know. */
export function resolveRequest(
  body: SynthesisRequest,
  requestId: string,
  { defaultVoice, parseWebhookUrl }: ResolveRequestDeps,
): JobRequest {
  const voice = findVoice(body.voice ?? defaultVoice);
  refuseUnspeakable(body.text);
  refuseUnknownFormat(body.format, voice);
  return {
    inputType: body.input_type,
    voice: voice.id,
    format: body.format,
    sampleRate: body.sample_rate ?? voice.sampleRate,
    speed: body.speed,
    textChars: countChars(body.text),
    priority: body.priority,
    webhookUrl: body.webhook_url === undefined ? null : parseWebhookUrl(body.webhook_url).href,
    webhookEvents: body.webhook_events,
    metadata: body.metadata,
    requestId,
  };
}

function findVoice(id: string): Voice {
  const voice = voices.get(id);
  if (voice === undefined) {
    const near = nearestVoices(id, NEAR_VOICES).map((candidate) => candidate.id);
    throw new AppError("voice_not_found", `there is no such voice; near it: ${near.join(", ")}`, {
      param: "voice",
    });
  }
  return voice;
}

function refuseUnspeakable(text: string): void {
  if (!isSpeakable(text)) {
    throw new AppError("unspeakable_text", "text holds nothing that can be spoken", { param: "text" });
  }
}

function refuseUnknownFormat(format: string, { formats }: Voice): void {
  if (!formats.some((known) => known === format)) {
    throw new AppError(
      "format_not_supported",
      `format ${format} is not supported yet: use ${formats.join(" or ")}`,
      {
        param: "format",
      },
    );
  }
}
