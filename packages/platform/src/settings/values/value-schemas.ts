import { isIP } from "node:net";
import { isAbsolute } from "node:path";
import { z } from "zod";
import { messageOf } from "@herald/shared/errors";
import { parseRedisUrl, REDIS_URL_FORM } from "../../redis/redis-url.ts";
import { parseStorageUrl, type StorageLocation } from "@herald/shared/storage/storage-location";

/** Reads a setting's text. Its `description` says what is expected, in messages and in the documentation. */
export type ValueSchema<T> = z.ZodType<T, string>;

/** To a text that is not as expected, `parse` answers undefined or throws. */
export function fromText<T>(expected: string, parse: (text: string) => T | undefined): ValueSchema<T> {
  const schema = z.string().transform((text, context) => {
    const value = attempt(() => parse(text.trim()));
    if (value !== undefined) {
      return value;
    }
    context.addIssue({ code: "custom", message: `expected ${expected}` });
    return z.NEVER;
  });
  return schema.describe(expected);
}

export function integer(min: number, max: number): ValueSchema<number> {
  return fromText(`a whole number from ${min} to ${max}`, (text) =>
    /^\d{1,15}$/.test(text) ? within(Number(text), min, max) : undefined,
  );
}

const MILLISECONDS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** In milliseconds. The bounds are durations themselves. */
export function duration(min: string, max: string): ValueSchema<number> {
  const [minMs, maxMs] = [parseDuration(min) ?? 0, parseDuration(max) ?? 0];
  return fromText(`a duration from ${min} to ${max}, with its unit: ms, s, m, h or d`, (text) =>
    within(parseDuration(text), minMs, maxMs),
  );
}

function parseDuration(text: string): number | undefined {
  return parseAmount(/^(\d{1,9})(ms|s|m|h|d)$/, text, MILLISECONDS);
}

const BYTES = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 } as const;

export function byteSize(min: string, max: string): ValueSchema<number> {
  const [minBytes, maxBytes] = [parseByteSize(min) ?? 0, parseByteSize(max) ?? 0];
  return fromText(`a size from ${min} to ${max}, with its unit: B, KiB, MiB, GiB or TiB`, (text) =>
    within(parseByteSize(text), minBytes, maxBytes),
  );
}

function parseByteSize(text: string): number | undefined {
  return parseAmount(/^(\d{1,12})(B|KiB|MiB|GiB|TiB)$/, text, BYTES);
}

function parseAmount(
  form: RegExp,
  text: string,
  units: Readonly<Record<string, number>>,
): number | undefined {
  const [, amount, unit = ""] = form.exec(text) ?? [];
  const factor = units[unit];
  return factor === undefined ? undefined : Number(amount) * factor;
}

const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, "1": true, false: false, "0": false };

export const boolean: ValueSchema<boolean> = fromText("true, false, 1 or 0", (text) =>
  Object.hasOwn(BOOLEANS, text) ? BOOLEANS[text] : undefined,
);

export function oneOf<const T extends string>(...words: readonly T[]): ValueSchema<T> {
  return fromText(`one of ${words.join(", ")}`, (text) => words.find((word) => word === text));
}

export function matching(form: RegExp, expected: string): ValueSchema<string> {
  return fromText(expected, (text) => (form.test(text) ? text : undefined));
}

function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}

export const redisUrl: ValueSchema<string> = fromText(REDIS_URL_FORM, (text) =>
  parseRedisUrl(text) === undefined ? undefined : text,
);

/** Without a slash at its end, so that a path can be appended. */
export const publicUrl: ValueSchema<string> = fromText(
  "an http or https URL without query, fragment or password",
  (text) => {
    const url = parseUrl(text);
    if (url === null || !/^https?:$/.test(url.protocol) || url.search + url.hash + url.username !== "") {
      return undefined;
    }
    return url.href.replace(/\/+$/, "");
  },
);

/** Its faults are many, so each says what was expected in its place. */
export const storageUrl: ValueSchema<StorageLocation> = z
  .string()
  .transform((text, context) => {
    try {
      return parseStorageUrl(text.trim());
    } catch (error) {
      context.addIssue({ code: "custom", message: messageOf(error) });
      return z.NEVER;
    }
  })
  .describe("file:/// and an absolute path, or s3://bucket/prefix (docs/storage.md)");

export const absolutePath: ValueSchema<string> = fromText("an absolute path", (text) =>
  isAbsolute(text) ? text : undefined,
);

/** As text: the address guard owns its meaning. */
export const cidr: ValueSchema<string> = fromText(
  "an address range such as 10.1.0.0/16 or fd00::/8",
  (text) => (isCidr(text) ? text : undefined),
);

export interface TenantWeight {
  readonly tenant: string;
  readonly weight: number;
}

export const tenantWeight: ValueSchema<TenantWeight> = fromText(
  "tenant=weight, with a weight from 0.01 to 100",
  (text) => {
    const [, tenant = "", amount = ""] =
      /^([a-z0-9][a-z0-9_-]{0,62})=(\d{1,3}(?:\.\d{1,3})?)$/.exec(text) ?? [];
    const weight = tenant === "" ? undefined : within(Number(amount), 0.01, 100);
    return weight === undefined ? undefined : { tenant, weight };
  },
);

function isCidr(text: string): boolean {
  const [, address = "", bits = ""] = /^([^/%]+)\/(\d{1,3})$/.exec(text) ?? [];
  const version = isIP(address);
  return version !== 0 && Number(bits) <= (version === 4 ? 32 : 128);
}

/** The decoded bytes. */
export function base64Bytes(min: number, max: number): ValueSchema<Buffer> {
  return fromText(`the base64 of ${min} to ${max} bytes`, (text) => decodeBase64(text, min, max));
}

/** Node's own decoder skips whatever it does not know. */
function decodeBase64(text: string, min: number, max: number): Buffer | undefined {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) {
    return undefined;
  }
  const bytes = Buffer.from(text, "base64");
  return bytes.length >= min && bytes.length <= max ? bytes : undefined;
}

function within(value: number | undefined, min: number, max: number): number | undefined {
  return value !== undefined && value >= min && value <= max ? value : undefined;
}

/** Separated by commas. One item that is not as expected spoils the list. */
export function listOf<T>(item: ValueSchema<T>): ValueSchema<readonly T[]> {
  return fromText(`a list with a comma between items, each ${item.description ?? ""}`, (text) =>
    text.split(",").map((part) => item.parse(part)),
  );
}

export function emptyOr<T>(list: ValueSchema<readonly T[]>): ValueSchema<readonly T[]> {
  return fromText(list.description ?? "", (text) => (text === "" ? [] : list.parse(text)));
}

/** `443`, or `9000-9999`. */
export const portRange: ValueSchema<{ from: number; to: number }> = fromText(
  "a port such as 8443, or a range such as 9000-9999",
  (text) => {
    const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
    const range = { from: Number(first), to: Number(last) };
    return range.from >= 1 && range.from <= range.to && range.to <= 65_535 ? range : undefined;
  },
);

/** As text, because it may hold a password. */
export const proxyUrl: ValueSchema<string> = fromText(
  "http://[user:password@]host[:port], or https:// for TLS to the proxy",
  (text) => {
    const url = parseUrl(text);
    const understood = url !== null && /^https?:$/.test(url.protocol) && url.pathname === "/";
    return understood && url.search + url.hash === "" ? text : undefined;
  },
);

/** A name stands for the text that it is short for. */
export function orNamed<T>(named: Readonly<Record<string, string>>, schema: ValueSchema<T>): ValueSchema<T> {
  const names = Object.keys(named).join(", ");
  return fromText(`${names}, or ${schema.description ?? ""}`, (text) =>
    schema.parse(Object.hasOwn(named, text) ? named[text] : text),
  );
}

function attempt<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
