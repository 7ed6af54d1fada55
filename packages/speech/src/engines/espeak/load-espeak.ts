import loadModule from "@echogarden/espeak-ng-emscripten";

import { resample } from "../../audio/resample.ts";
import { stretchTime } from "../../audio/stretch-time.ts";
import { voices } from "../../voices/voices.ts";
import type { BlockingEngine } from "../child/serve-engine.ts";
import { EngineError } from "../engine-error.ts";
import { prepareText } from "./prepare-text.ts";
import { paceOf } from "./pace.ts";

/** eSpeak NG (GPL-3.0, compiled to WebAssembly): loaded in an engine child and nowhere else. */
export async function loadEspeak(): Promise<BlockingEngine> {
  const toStderr = (line: string) => process.stderr.write(`${line}\n`);
  const { eSpeakNGWorker: EspeakWorker } = await loadModule({ print: toStderr, printErr: toStderr });
  const worker = new EspeakWorker();

  const synthesize = (text: string) => {
    const pieces: Int16Array[] = [];
    worker.synthesize(prepareText(text), (samples) => {
      pieces.push(samples);
      return false;
    });
    return concatenate(pieces);
  };

  return {
    speak({ text, voice, speed, sampleRate }) {
      const known = voices.get(voice);
      if (known === undefined) throw new EngineError("engine_failed", `no voice ${voice}`);
      const { wordsPerMinute, stretch } = paceOf(speed);
      worker.set_voice(known.engineVoice);
      worker.set_rate(wordsPerMinute);
      const paced = stretchTime(synthesize(text), { factor: stretch, sampleRate: known.sampleRate });
      return { samples: resample(paced, known.sampleRate, sampleRate), sampleRate };
    },
  };
}

function concatenate(pieces: readonly Int16Array[]): Int16Array {
  const whole = new Int16Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
