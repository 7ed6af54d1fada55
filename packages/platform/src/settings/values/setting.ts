import type { ValueSchema } from "./value-schemas.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export const PROCESSES = ["api", "synthesis-worker", "webhook-worker", "housekeeper"] as const;
export type Process = (typeof PROCESSES)[number];
type Reader = Process | "npm start";

export interface Setting<T> {
  readonly schema: ValueSchema<T>;
  /**
   * As it would be written in the environment; a function where it follows from other settings. Null: has to be set.
   * Undefined: may be left out.
   */
  readonly byDefault: string | ((env: Environment) => string) | null | undefined;
  /** For the documentation, when the default depends on something. */
  readonly defaultText?: string;
  /** One sentence. */
  readonly description: string;
  /** What a process is given, and what is told of it. */
  readonly readBy: readonly Reader[];
  /** May also be given as the file `<NAME>_FILE`; never shown. */
  readonly secret?: true;
  /** A shell command that prints a new one. */
  readonly madeBy?: string;
}

type Definition<T, D, R> = Setting<T> & { readonly byDefault: D; readonly readBy: R };

/**
 * Keeps the types of a setting's value and of its default, which together say whether it can be undefined, and of its readers,
 * which say whose it is.
 */
export function setting<T, D extends Setting<T>["byDefault"], const R extends readonly Reader[]>(
  definition: Definition<T, D, R>,
): Definition<T, D, R> {
  return definition;
}

export const API = ["api"] as const;
export const SYNTHESIS = ["synthesis-worker"] as const;
export const WEBHOOKS = ["webhook-worker"] as const;
export const HOUSEKEEPER = ["housekeeper"] as const;
export const WORKERS = [...SYNTHESIS, ...WEBHOOKS, ...HOUSEKEEPER] as const;
export const START = ["npm start"] as const;
/** Processes that may end a job, and so write the webhook that tells of it. */
export const ENDING_JOBS = [...API, ...SYNTHESIS, ...HOUSEKEEPER] as const;
