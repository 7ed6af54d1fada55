import { types } from "node:util";

const HIDDEN = "[redacted]";
const MAX_DEPTH = 6;
const MAX_ITEMS = 50;
const MAX_STRING_CHARS = 8192;
const MAX_CHARS = 32_768;
const CHARS_PER_VALUE = 16;

/** Compared without case, "_" and "-". A net under the rule that these are not logged at all, not its replacement. */
const SECRET_NAMES: ReadonlySet<string> = new Set([
  "text",
  "secret",
  "authorization",
  "key",
  "apikey",
  "password",
  "cookie",
  "webhooksecret",
  "audiolinksecret",
  "bootstrapapikey",
]);

// API keys, webhook secrets, the password in a URL and what makes a link to S3 valid, wherever in a message they turn up.
const SECRET_PATTERNS = [
  /\bhk_[\w-]{16,}/,
  /\bwhsec_[\w+/=-]{8,}/,
  /(?<=:\/\/[^\s/@]{0,256}:)[^\s/@]+(?=@)/,
  /(?<=\bX-Amz-(?:Signature|Security-Token)=)[^\s&"]+/,
];
const SECRET_VALUES = new RegExp(SECRET_PATTERNS.map(({ source }) => source).join("|"), "g");

/** Without one of these there is nothing to find, which is said sooner. */
const MAY_HOLD_SECRET = /hk_|whsec_|@|X-Amz-S/;

/** A copy that JSON can carry: secrets hidden, errors spelled out, cycles and sizes bounded. Never throws. */
export function printable(value: unknown): unknown {
  return copy(value, { depth: 0, budget: { chars: MAX_CHARS } });
}

interface Place {
  readonly depth: number;
  /** Shared by the whole value: depth and breadth alone would let a wide one grow into millions. */
  readonly budget: { chars: number };
}

function copy(value: unknown, place: Place): unknown {
  place.budget.chars -= CHARS_PER_VALUE;
  if (place.depth > MAX_DEPTH) return "[…]";
  if (typeof value === "string") return copyString(value, place);
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "function" || typeof value === "symbol") return `[${typeof value}]`;
  if (typeof value !== "object" || value === null) return value;
  return copyObject(value, { ...place, depth: place.depth + 1 });
}

function copyObject(value: object, place: Place): unknown {
  try {
    if (value instanceof Error || types.isNativeError(value)) return copyError(value, place);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? "[invalid date]" : value.toISOString();
    if (value instanceof URL) return copyString(value.href, place);
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (Array.isArray(value)) return Array.from(affordable(value, place), (item) => copy(item, place));
    return copyFields(value, place);
  } catch {
    return "[unprintable]";
  }
}

function copyFields(value: object, place: Place): Record<string, unknown> {
  const fields = Array.from(affordable(Object.entries(value), place), ([name, field]) => [
    copyString(name, place),
    isSecretName(name) ? HIDDEN : copy(field, place),
  ]);
  return Object.fromEntries(fields) as Record<string, unknown>;
}

/** One by one, because copying each of them takes from the budget. */
function* affordable<T>(items: readonly T[], { budget }: Place): Generator<T> {
  for (const item of items.slice(0, MAX_ITEMS)) {
    if (budget.chars <= 0) return;
    yield item;
  }
}

/** Only these properties: an HTTP client's error also carries the request, with its headers. */
function copyError(error: Error, place: Place): unknown {
  const { name, message, stack, cause } = error;
  const code = "code" in error ? error.code : undefined;
  const errors = "errors" in error && Array.isArray(error.errors) ? error.errors.slice(0, 5) : undefined;
  return copyFields({ name, message, code, stack, cause, errors }, place);
}

function copyString(text: string, { budget }: Place): string {
  const bounded = text.length > MAX_STRING_CHARS ? `${text.slice(0, MAX_STRING_CHARS)}…` : text;
  budget.chars -= bounded.length;
  return MAY_HOLD_SECRET.test(bounded) ? bounded.replace(SECRET_VALUES, HIDDEN) : bounded;
}

/** What was found of the names so far: there are few, but for those in what others sent. */
const verdicts = new Map<string, boolean>();
const MAX_VERDICTS = 1000;

function isSecretName(name: string): boolean {
  const known = verdicts.get(name);
  if (known !== undefined) return known;
  const isSecret = SECRET_NAMES.has(name.toLowerCase().replaceAll(/[_-]/g, ""));
  if (verdicts.size < MAX_VERDICTS) verdicts.set(name, isSecret);
  return isSecret;
}
