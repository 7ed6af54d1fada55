/** -45 dBFS: below it lies the silence that an engine leaves around a segment. */
const AUDIBLE = Math.round(32_768 * 10 ** (-45 / 20));
/** Kept around the sound, so that no soft consonant is cut. */
const GUARD_SECONDS = 0.04;
const FADE_SECONDS = 0.01;

export interface EdgeOptions {
  readonly sampleRate: number;
  readonly speed: number;
}

/**
 * The sound without the silence around it, faded in and out so that it can stand beside any other without a click.
 * Changes `samples` and returns a part of it: empty when nothing in it can be heard.
 */
export function tidyEdges(samples: Int16Array, { sampleRate, speed }: EdgeOptions): Int16Array {
  const first = samples.findIndex(isAudible);
  if (first === -1) return samples.subarray(0, 0);
  const guard = Math.round((GUARD_SECONDS * sampleRate) / speed);
  const speech = samples.subarray(Math.max(first - guard, 0), samples.findLastIndex(isAudible) + 1 + guard);
  fadeEdges(speech, Math.round(FADE_SECONDS * sampleRate));
  return speech;
}

function isAudible(sample: number): boolean {
  return sample > AUDIBLE || sample < -AUDIBLE;
}

/** Raised cosine. */
function fadeEdges(speech: Int16Array, fadeSamples: number): void {
  const length = Math.min(fadeSamples, Math.floor(speech.length / 2));
  for (let i = 0; i < length; i += 1) {
    const gain = 0.5 - 0.5 * Math.cos((Math.PI * i) / length);
    const last = speech.length - 1 - i;
    speech[i] = Math.round((speech[i] ?? 0) * gain);
    speech[last] = Math.round((speech[last] ?? 0) * gain);
  }
}
