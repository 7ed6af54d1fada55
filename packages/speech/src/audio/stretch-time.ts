export interface Stretch {
  /** Length of the output over that of the input. */
  readonly factor: number;
  readonly sampleRate: number;
}

const FRAME_SECONDS = 0.03;
/** How far from its due place a frame may be taken: half the period of the lowest voice, roughly. */
const SEARCH_SECONDS = 0.008;

/**
 * The sound made `factor` times as long at the same pitch: WSOLA, waveform similarity overlap-add (Verhelst & Roelands,
 * ICASSP 1993).
 * Each frame is taken from where it best continues the one before it, so that the periods of the voice stay whole.
 * The maintained library for it, @soundtouchjs/core, took three times the engine's own time and lost the tail.
 */
export function stretchTime(samples: Int16Array, { factor, sampleRate }: Stretch): Int16Array {
  if (factor === 1) return samples;
  const hop = Math.round((FRAME_SECONDS * sampleRate) / 2);
  const search = Math.round(SEARCH_SECONDS * sampleRate);
  const length = Math.round(samples.length * factor);
  const margin = hop + search;
  const input = new Float32Array(samples.length + 2 * margin + 4 * hop);
  input.set(samples, margin);
  const output = new Float32Array(length + 3 * hop);
  const window = hann(2 * hop);

  let from = search;
  for (let at = 0; at < length + hop; at += hop) {
    const due = Math.min(Math.round((at - hop) / factor) + margin, input.length - 3 * hop - search);
    from =
      at === 0
        ? from
        : mostSimilar(input, { to: from + hop, around: Math.max(due, search), search, length: hop });
    addFrame(output.subarray(at), input.subarray(from), window);
  }
  return Int16Array.from(output.subarray(hop, hop + length), toInt16);
}

interface Search {
  readonly to: number;
  readonly around: number;
  readonly search: number;
  readonly length: number;
}

/** Coarse over the whole range, then each sample around the best: a ninth of the work, the same place in practice. */
function mostSimilar(input: Float32Array, { to, around, search, length }: Search): number {
  const coarse = bestOf(input, { to, length, from: around - search, until: around + search, step: 4 });
  return bestOf(input, { to, length, from: coarse - 3, until: coarse + 3, step: 1 });
}

interface Range {
  readonly to: number;
  readonly length: number;
  readonly from: number;
  readonly until: number;
  readonly step: number;
}

function bestOf(input: Float32Array, { to, length, from, until, step }: Range): number {
  let best = from;
  let highest = -Infinity;
  for (let candidate = Math.max(from, 0); candidate <= until; candidate += step) {
    const likeness = similarity(input, candidate, { to, length, step });
    if (likeness > highest) {
      highest = likeness;
      best = candidate;
    }
  }
  return best;
}

/** Cross-correlation over the candidate's own energy, so that a loud place does not win for being loud. */
function similarity(
  input: Float32Array,
  candidate: number,
  other: { to: number; length: number; step: number },
): number {
  let product = 0;
  let energy = 1;
  for (let i = 0; i < other.length; i += other.step) {
    const sample = input[candidate + i] ?? 0;
    product += sample * (input[other.to + i] ?? 0);
    energy += sample * sample;
  }
  return product / Math.sqrt(energy);
}

function addFrame(output: Float32Array, input: Float32Array, window: Float32Array): void {
  for (let i = 0; i < window.length && i < output.length; i += 1) {
    output[i] = (output[i] ?? 0) + (input[i] ?? 0) * (window[i] ?? 0);
  }
}

/** Periodic, so that halves of neighbouring frames add up to exactly one. */
function hann(length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / length));
}

function toInt16(sample: number): number {
  return Math.max(-32_768, Math.min(32_767, Math.round(sample)));
}
