import type { Stoppable } from "@herald/shared/stoppable";

export interface SpeakRequest {
  /** Plain text: markup in it is spoken, never obeyed. */
  readonly text: string;
  /** An id of `voices`. */
  readonly voice: string;
  /** 0.25 to 4. */
  readonly speed: number;
  /** Hz of the answer. */
  readonly sampleRate: number;
}

export interface Speech {
  /** Mono. */
  readonly samples: Int16Array;
  readonly sampleRate: number;
}

/** Speaks one segment at a time. Fails with an EngineError, or with the signal's reason. */
export interface Engine extends Stoppable {
  speak(request: SpeakRequest, signal: AbortSignal): Promise<Speech>;
}
