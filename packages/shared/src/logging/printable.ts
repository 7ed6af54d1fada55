const HIDDEN = "[redacted]";
const MAX_DEPTH = 6;
const MAX_ITEMS = 50;
const MAX_STRING_CHARS = 8192;

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

// API keys, webhook secrets and the password in a URL, wherever in a message they turn up.
const SECRET_VALUES = /\bhk_[\w-]{16,}|\bwhsec_[\w+/=-]{8,}|(?<=:\/\/[^\s/@]{0,256}:)[^\s/@]+(?=@)/g;

/** A copy that JSON can carry: secrets hidden, errors spelled out, cycles and sizes bounded. Never throws. */
export function printable(value: unknown, depth = 0): unknown {
  if (typeof value === "string") return printableString(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "function" || typeof value === "symbol") return `[${typeof value}]`;
  if (typeof value !== "object" || value === null) return value;
  if (depth >= MAX_DEPTH) return "[too deep]";
  return printableObject(value, depth);
}

function printableObject(value: object, depth: number): unknown {
  try {
    if (value instanceof Error) return printableError(value, depth);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? "[invalid date]" : value.toISOString();
    if (value instanceof URL) return printableString(value.href);
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => printable(item, depth + 1));
    return printableFields(value, depth);
  } catch {
    return "[unprintable]";
  }
}

function printableFields(value: object, depth: number): Record<string, unknown> {
  const entries = Object.entries(value).slice(0, MAX_ITEMS);
  return Object.fromEntries(
    entries.map(([name, field]) => [
      printableString(name),
      isSecretName(name) ? HIDDEN : printable(field, depth + 1),
    ]),
  );
}

/** Only these properties: an HTTP client's error also carries the request, with its headers. */
function printableError(error: Error, depth: number): unknown {
  const { name, message, stack, cause } = error;
  const code = "code" in error ? error.code : undefined;
  const errors = error instanceof AggregateError ? (error.errors as unknown[]).slice(0, 5) : undefined;
  return printableFields({ name, message, code, stack, cause, errors }, depth);
}

function printableString(text: string): string {
  const bounded = text.length > MAX_STRING_CHARS ? `${text.slice(0, MAX_STRING_CHARS)}…` : text;
  return bounded.replace(SECRET_VALUES, HIDDEN);
}

function isSecretName(name: string): boolean {
  return SECRET_NAMES.has(name.toLowerCase().replaceAll(/[_-]/g, ""));
}
