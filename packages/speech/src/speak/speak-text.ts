import { tidyEdges } from "../audio/tidy-edges.ts";
import type { Engine, SpeakRequest, Speech } from "../engines/engine.ts";
import { EngineError } from "../engines/engine-error.ts";
import type { Boundary, Segment } from "../text/segment.ts";
import { splitText } from "../text/split-text.ts";
import { voices } from "../voices/voices.ts";
import { checkSpeech } from "./check-speech.ts";
import { SegmentError } from "./segment-error.ts";

export interface SpeakTextDeps {
  readonly engine: Pick<Engine, "speak">;
  /** Told before the first segment (0) and after each. */
  readonly onProgress?: (segmentsDone: number, segmentsTotal: number) => void;
}

/** Code points a segment; eSpeak needs no more context than a few sentences. */
const TARGET_CHARS = 250;
const MAX_CHARS = 400;

const PAUSE_SECONDS: Readonly<Record<Boundary, number>> = {
  forced: 0.02,
  clause: 0.12,
  sentence: 0.22,
  paragraph: 0.6,
};

/**
 * The whole text as mono samples at the asked rate, segment after segment, with pauses between: ready for an encoder.
 * Throws a SegmentError when a segment fails twice, an EngineError when there is nothing to speak, or the signal's reason.
 */
export async function* speakText(
  request: SpeakRequest,
  { engine, onProgress = () => undefined }: SpeakTextDeps,
  signal: AbortSignal,
): AsyncGenerator<Int16Array, void, undefined> {
  const segments = splitText(request.text, splitOptions(request.voice));
  if (segments.length === 0)
    throw new EngineError("unspeakable_text", "there is nothing to speak in this text");
  onProgress(0, segments.length);
  for (const [index, segment] of segments.entries()) {
    const speak = () => speakSegment(engine, { ...request, text: segment.text }, signal);
    const { samples } = await secondTry(speak, index + 1, signal);
    yield samples;
    if (index < segments.length - 1) yield pauseAfter(segment, request);
    onProgress(index + 1, segments.length);
  }
}

function splitOptions(voice: string) {
  const language = voices.get(voice)?.language ?? "en";
  return { language, targetChars: TARGET_CHARS, maxChars: MAX_CHARS };
}

async function speakSegment(
  engine: SpeakTextDeps["engine"],
  request: SpeakRequest,
  signal: AbortSignal,
): Promise<Speech> {
  const { samples, sampleRate } = await engine.speak(request, signal);
  const speech = { samples: tidyEdges(samples, { sampleRate, speed: request.speed }), sampleRate };
  checkSpeech(speech, request);
  return speech;
}

/** Tries a segment again when the engine failed. A text that the engine refuses, or an abort, is not tried again. */
async function secondTry(
  speak: () => Promise<Speech>,
  segment: number,
  signal: AbortSignal,
): Promise<Speech> {
  try {
    return await speak().catch((error: unknown) => {
      signal.throwIfAborted();
      if (error instanceof EngineError && error.code === "unspeakable_text") throw error;
      return speak();
    });
  } catch (error) {
    signal.throwIfAborted();
    throw new SegmentError(segment, asEngineError(error));
  }
}

function asEngineError(error: unknown): EngineError {
  return error instanceof EngineError
    ? error
    : new EngineError("engine_failed", "the speech engine failed", { cause: error });
}

function pauseAfter({ boundary }: Segment, { speed, sampleRate }: SpeakRequest): Int16Array {
  return new Int16Array(Math.round((PAUSE_SECONDS[boundary] / speed) * sampleRate));
}
