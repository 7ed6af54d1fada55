import { WebhookVerificationError } from "./verification-error.ts";

/** A request's headers: the object that Node and Express have, or the `Headers` of fetch. Names in any case. */
export type WebhookHeaders =
  Readonly<Record<string, string | readonly string[] | undefined>> | { get(name: string): string | null };

/** Far more than Herald sends: what is longer is not looked at. */
const MAX_CHARS = 4096;

/**
 * The one value of a header; `name` in lower case. Throws a WebhookVerificationError unless there is exactly one: of two, nobody
 * could tell which was signed.
 */
export function readHeader(headers: WebhookHeaders, name: string): string {
  const [value, ...others] = valuesOf(headers, name);
  if (value === undefined || value === "") {
    throw new WebhookVerificationError("missing_header", `the header ${name} is missing`);
  }
  if (others.length > 0) {
    throw new WebhookVerificationError("duplicate_header", `the header ${name} came more than once`);
  }
  if (value.length > MAX_CHARS) {
    throw new WebhookVerificationError("malformed_header", `the header ${name} is too long`);
  }
  return value;
}

function valuesOf(headers: WebhookHeaders, name: string): readonly string[] {
  if (typeof headers.get === "function") {
    return [headers.get(name) ?? ""];
  }
  return Object.entries(headers)
    .filter(([given]) => given.toLowerCase() === name)
    .flatMap(([, value]) => (value === undefined ? [] : value) as string | readonly string[]);
}
