import type { SettingName } from "./settings.ts";

interface Rule {
  readonly smaller: SettingName;
  readonly larger: SettingName;
  readonly because: string;
  /** What the larger one has to be at least; without it, as much as the smaller one. */
  readonly atLeast?: (smaller: number) => number;
}

/** Without its text, of which a character takes a byte at least. */
const SMALLEST_BODY = '{"text":""}';

const RULES: readonly Rule[] = [
  {
    smaller: "TENANT_MAX_PENDING_JOBS",
    larger: "MAX_PENDING_JOBS",
    because: "one tenant cannot have more jobs waiting than all together",
  },
  {
    smaller: "MAX_TEXT_CHARS",
    larger: "KEY_CHARS_PER_MINUTE",
    because: "the longest text that is allowed could never be submitted",
  },
  {
    smaller: "MAX_TEXT_CHARS",
    larger: "TENANT_CHARS_PER_MONTH",
    because: "the longest text that is allowed could never be submitted",
  },
  {
    smaller: "KEY_CHARS_PER_MINUTE",
    larger: "TENANT_CHARS_PER_MONTH",
    because: "a key could not submit in a month what it may submit in a minute",
  },
  {
    smaller: "KEY_REQUESTS_PER_MINUTE",
    larger: "KEY_CHARS_PER_MINUTE",
    because: "every job has a character at least, so that many could never be submitted",
  },
  {
    smaller: "KEY_REQUESTS_PER_MINUTE",
    larger: "TENANT_CHARS_PER_MONTH",
    because: "every job has a character at least, so that many could never be submitted",
  },
  {
    smaller: "MAX_TEXT_CHARS",
    larger: "MAX_BODY_BYTES",
    because: "the longest text that is allowed would be too large to send",
    atLeast: (chars) => chars + SMALLEST_BODY.length,
  },
  {
    smaller: "SHUTDOWN_DELAY",
    larger: "SHUTDOWN_GRACE",
    because:
      "requests under way would have no time left to finish, so the delay must be the shorter of the two",
    atLeast: (delayMs) => (delayMs === 0 ? 0 : delayMs + 1),
  },
];

const NEEDS = [
  {
    asked: "STORAGE_EARLY_EXPIRY",
    needed: "STORAGE_MAX_BYTES",
    because: "without a quota nothing is ever full",
  },
] as const satisfies readonly { asked: SettingName; needed: SettingName; because: string }[];

/** What is wrong with settings each of which is right on its own. Those that are unset, or not this process's, agree. */
export function findContradictions(values: Readonly<Partial<Record<SettingName, unknown>>>): string[] {
  return [...findExcesses(values), ...findMissing(values)];
}

type Values = Parameters<typeof findContradictions>[0];

function findExcesses(values: Values): string[] {
  return RULES.flatMap(({ smaller, larger, because, atLeast = (least) => least }) => {
    const [few, many] = [values[smaller], values[larger]];
    return typeof few === "number" && typeof many === "number" && many < atLeast(few)
      ? [`${smaller} (${few}) and ${larger} (${many}): ${because}`]
      : [];
  });
}

function findMissing(values: Values): string[] {
  return NEEDS.filter(({ asked, needed }) => values[asked] === true && values[needed] === undefined).map(
    ({ asked, needed, because }) => `${asked} needs ${needed}, which is not set: ${because}`,
  );
}
