/** BullMQ's codes for "there is no such job" and "the job is not in that state". */
const MOVED_ON: ReadonlySet<unknown> = new Set([-1, -3]);

export function hasMovedOn(error: unknown): boolean {
  return error instanceof Error && "code" in error && MOVED_ON.has(error.code);
}
