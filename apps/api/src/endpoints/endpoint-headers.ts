import { z } from "zod";

const MAX_HEADERS = 20;
const MAX_BYTES = 4096;
const MAX_VALUE_CHARS = 1024;

/** RFC 9110's token. */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/;
/** Visible ASCII, with spaces and tabs between: no line break can get in, and no proxy has to guess an encoding. */
const VALUE = /^[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?$/;

// What frames a message, says where it goes or for which proxy it is, and what Herald itself says with each attempt.
// Authorization and Cookie are not among them: a gateway before the receiver may ask for them.
const FORBIDDEN: ReadonlySet<string> = new Set([
  "accept-encoding",
  "connection",
  "date",
  "expect",
  "forwarded",
  "host",
  "http2-settings",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "user-agent",
  "via",
]);
const FORBIDDEN_PREFIXES = ["content-", "proxy-", "sec-", "webhook-", "x-webhook-", "x-forwarded-"];

/** Stands in answers where a value is. */
export const MASK = "********";

/** Header name to value. What is wrong is said of the header at fault. */
export const headersSchema = z.record(z.string(), z.string()).superRefine((headers, context) => {
  const complain = (path: string[], message: string): void => {
    context.addIssue({ code: "custom", path, message });
  };
  const names = Object.keys(headers);
  if (names.length > MAX_HEADERS) complain([], `must have at most ${MAX_HEADERS} of them`);
  if (JSON.stringify(headers).length > MAX_BYTES) complain([], `must be at most ${MAX_BYTES} bytes long`);
  if (new Set(names.map((name) => name.toLowerCase())).size < names.length) {
    complain([], "must not have the same header twice");
  }
  for (const [name, value] of Object.entries(headers)) {
    const fault = faultOf(name.toLowerCase(), value);
    if (fault !== null) complain([name], fault);
  }
});

function faultOf(name: string, value: string): string | null {
  if (!NAME.test(name)) return "is not a header's name";
  if (FORBIDDEN.has(name) || FORBIDDEN_PREFIXES.some((prefix) => name.startsWith(prefix))) {
    return "is a header that only Herald sets";
  }
  if (value === MASK) return "must be the value itself: it is masked in answers";
  if (value.length > MAX_VALUE_CHARS) return `must be at most ${MAX_VALUE_CHARS} characters long`;
  return VALUE.test(value) ? null : "must be visible ASCII without line breaks, and not empty";
}
