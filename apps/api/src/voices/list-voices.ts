import type { Voice } from "@herald/speech/voices/voice";
import { voices } from "@herald/speech/voices/voices";
import type { RequestHandler } from "express";

/** GET /v1/voices */
export const listVoices: RequestHandler = (_req, res) => {
  res.json({ data: [...voices.values()].map(presentVoice) });
};

function presentVoice({ id, name, engine, language, gender, sampleRate, formats }: Voice) {
  return { id, name, engine, language, gender, sample_rate: sampleRate, formats };
}
