const NORMAL_WORDS_PER_MINUTE = 175;
/** What eSpeak itself obeys; it silently clips anything beyond. */
const SLOWEST = 80;
const FASTEST = 450;

export interface Pace {
  readonly wordsPerMinute: number;
  /** How much longer (over 1) or shorter the engine's own answer must become. */
  readonly stretch: number;
}

/** How to reach `speed` (1 is normal). eSpeak's own rate sounds best, so it does all it can, and a time stretch does the rest. */
export function paceOf(speed: number): Pace {
  const wanted = NORMAL_WORDS_PER_MINUTE * speed;
  const wordsPerMinute = Math.round(Math.min(Math.max(wanted, SLOWEST), FASTEST));
  const beyond = wanted < SLOWEST || wanted > FASTEST;
  return { wordsPerMinute, stretch: beyond ? wordsPerMinute / wanted : 1 };
}
