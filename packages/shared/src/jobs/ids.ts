import { randomBytes } from "node:crypto";
import { V7Generator } from "uuidv7";

const generator = new V7Generator();
/** Of the id's hexadecimal digits, how many are milliseconds since the epoch. */
const TIME_DIGITS = 12;
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** A UUIDv7: ids sort by creation time, which is what the tenant indexes page by. */
export function newJobId(at: Date): string {
  return generator.generateOrResetWithTs(at.getTime()).toString();
}

/** The time in the id is the job's creation time everywhere, so that paging by id and by time cannot disagree. */
export function createdAtOf(jobId: string): Date {
  return new Date(Number.parseInt(jobId.replace("-", "").slice(0, TIME_DIGITS), 16));
}

export function isJobId(text: string): boolean {
  return UUID_V7.test(text);
}

/** The smallest id that a job created at `at` could have: a bound for paging by time. */
export function firstJobIdAt(at: Date): string {
  const ms = Math.min(Math.max(at.getTime(), 0), 16 ** TIME_DIGITS - 1);
  const hex = ms.toString(16).padStart(TIME_DIGITS, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}

/** Tells one attempt from every other, also from one of the same worker. */
export function newFence(): string {
  return randomBytes(9).toString("base64url");
}
