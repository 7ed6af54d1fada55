import { styleText } from "node:util";
import type { LogLevel } from "./logger.ts";
import { printable } from "./printable.ts";

export interface LogEntry {
  readonly time: string;
  readonly level: LogLevel;
  readonly event: string;
  readonly process: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const COLOURS = { error: "red", warn: "yellow", info: "green", debug: "gray" } as const;

/** `{"time","level","event","process",...fields}`. A field of one of those four names loses to them. */
export function jsonLine({ fields, ...head }: LogEntry): string {
  // Spreading the same three costs ten times as much as all the rest of a line.
  return encode(Object.assign({}, head, printable(fields), head));
}

/** One line for a person at a terminal: `12:00:00.000 info  api  job.created job_id=…` */
export function prettyLine({ time, level, event, process, fields }: LogEntry): string {
  const clock = styleText("gray", time.slice(11, 23));
  const head = `${clock} ${styleText(COLOURS[level], level.padEnd(5))} ${styleText("cyan", process)}`;
  const shown = Object.entries(printable(fields) as object).filter(([, value]) => value !== undefined);
  const pairs = shown.map(([name, value]) => `${styleText("gray", `${bare(name)}=`)}${prettyValue(value)}`);
  return [head, styleText("bold", bare(event)), ...pairs].join(" ");
}

function prettyValue(value: unknown): string {
  if (isPrintedError(value)) return encode(summary(value));
  return typeof value === "string" ? bare(value) : encode(value);
}

interface PrintedError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: unknown;
}

function isPrintedError(value: unknown): value is PrintedError {
  return typeof value === "object" && value !== null && "stack" in value && "message" in value;
}

/** A stack does not fit a line: where it was thrown does. */
function summary({ name, message, stack, cause }: PrintedError): string {
  const thrownAt = stack?.split("\n").find((line) => line.trimStart().startsWith("at "));
  const because = isPrintedError(cause) ? `, because ${summary(cause)}` : "";
  return `${name}: ${message}${thrownAt === undefined ? "" : ` ${thrownAt.trim()}`}${because}`;
}

/** Without quotes when nothing in it could be taken for something else. */
function bare(text: string): string {
  return /^[\w./:@%+,-]+$/.test(text) ? text : encode(text);
}

/** JSON leaves these as they are, and a terminal or viewer would obey them: C1 controls, line and text direction marks. */
const UNSAFE = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

function encode(value: unknown): string {
  const json = JSON.stringify(value);
  return json.replace(UNSAFE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
