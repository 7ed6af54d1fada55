import { distance } from "fastest-levenshtein";

import type { Voice } from "./voice.ts";
import { voices } from "./voices.ts";

/** An unknown id comes from outside and edit distance is quadratic: no real id or name is longer. */
const MAX_COMPARED_CHARS = 48;

/** The `count` voices whose id or name is most like `asked`, the nearest first, for a "did you mean". */
export function nearestVoices(asked: string, count: number): Voice[] {
  const wanted = asked.slice(0, MAX_COMPARED_CHARS).toLowerCase().replaceAll("_", "-");
  return [...voices.values()]
    .map((voice) => ({ voice, distance: distanceTo(wanted, voice) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, count)
    .map(({ voice }) => voice);
}

function distanceTo(wanted: string, { id, language, name }: Voice): number {
  const tag = language.toLowerCase();
  if (sharesLanguage(wanted, id) || sharesLanguage(wanted, tag)) {
    return distance(wanted, id) / MAX_COMPARED_CHARS;
  }
  const [firstWord = name] = name.toLowerCase().split(" ");
  return 1 + Math.min(distance(wanted, id), distance(wanted, firstWord));
}

/** `en` and `en-au` are better answered with an English voice than with a near spelling. */
function sharesLanguage(wanted: string, tag: string): boolean {
  return wanted.split("-")[0] === tag.split("-")[0];
}
