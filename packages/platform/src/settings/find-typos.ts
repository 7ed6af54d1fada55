import { distance } from "fastest-levenshtein";
import { settings, type Environment, type Setting } from "./settings.ts";

export interface Typo {
  readonly name: string;
  readonly meant: string;
}

const NAMES = Object.entries<Setting<unknown>>(settings).flatMap(([name, { secret }]) =>
  secret ? [name, `${name}_FILE`] : [name],
);
const KNOWN: ReadonlySet<string> = new Set(NAMES);
/** Of a name, how many of its letters may be wrong: one in six, so that HOST and HOME stay strangers. */
const SHARE_WRONG = 1 / 6;

/** What stands in the environment and is so near to a setting's name that it was hardly meant for anybody else. */
export function findTypos(env: Environment): Typo[] {
  return Object.keys(env).flatMap((name) => {
    const meant = KNOWN.has(name) ? undefined : NAMES.find((known) => isNear(name.toUpperCase(), known));
    return meant === undefined ? [] : [{ name, meant }];
  });
}

function isNear(name: string, known: string): boolean {
  return distance(name, known) <= Math.floor(known.length * SHARE_WRONG);
}
