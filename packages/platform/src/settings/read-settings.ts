import type { z } from "zod";
import { messageOf } from "@herald/shared/errors";
import { ConfigurationError } from "@herald/shared/configuration-error";
import { findContradictions } from "./find-contradictions.ts";
import { settings, type Environment, type Setting, type SettingName } from "./settings.ts";

type Table = typeof settings;
type Value<N extends SettingName> = z.output<Table[N]["schema"]>;

/** What a process gets: every setting that it asked for by name, parsed. */
export type Settings<N extends SettingName> = {
  readonly [K in N]: Table[K]["byDefault"] extends undefined ? Value<K> | undefined : Value<K>;
};

/** What stands in .env.example for each secret. Whoever starts with it would share a secret with everybody. */
const PLACEHOLDER = "change-me";

/** Reads the named settings. An empty value counts as unset. Throws a ConfigurationError with all faults together. */
export function readSettings<N extends SettingName>(given: Environment, names: readonly N[]): Settings<N> {
  const env = withoutEmpty(given);
  const faults: string[] = [];
  const values: Partial<Record<SettingName, unknown>> = {};
  for (const name of names) {
    try {
      values[name] = readSetting(settings[name], env[name], env);
    } catch (error) {
      faults.push(`${name}: ${messageOf(error)}`);
    }
  }
  faults.push(...findContradictions(values));
  if (faults.length > 0) {
    throw new ConfigurationError(faults);
  }
  return values as Settings<N>;
}

function withoutEmpty(env: Environment): Environment {
  return Object.fromEntries(
    Object.entries(env).filter(([, text]) => text !== undefined && text.trim() !== ""),
  );
}

function readSetting(setting: Setting<unknown>, given: string | undefined, env: Environment): unknown {
  if (given !== undefined) return parse(setting, given);
  const { byDefault, schema } = setting;
  if (byDefault === undefined) return undefined;
  if (byDefault === null) throw new Error(`must be set: expected ${schema.description ?? "a value"}`);
  return typeof byDefault === "string" ? schema.parse(byDefault) : parseDerived(setting, byDefault(env));
}

function parse({ schema, secret, madeBy }: Setting<unknown>, text: string): unknown {
  if (secret && text.includes(PLACEHOLDER)) {
    const remedy = madeBy === undefined ? "" : `; this makes a new secret: ${madeBy}`;
    throw new Error(`is still the placeholder ${PLACEHOLDER}${remedy}`);
  }
  const parsed = schema.safeParse(text);
  if (parsed.success) return parsed.data;
  // What stands before an @ may be a password, put where none belongs.
  const got = secret || text.includes("@") ? "" : `, got ${JSON.stringify(text)}`;
  const expected = parsed.error.issues[0]?.message ?? `expected ${schema.description ?? "something else"}`;
  throw new Error(`${expected}${got}`);
}

/** What it is derived from may belong to another process and be checked nowhere else. */
function parseDerived({ schema, defaultText = "derived" }: Setting<unknown>, text: string): unknown {
  const parsed = schema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new Error(`its default (${defaultText}) does not work out here`);
}
