import { errorKinds, type ErrorKind } from "@herald/shared/error-kinds";
import { markdownTable } from "./markdown-table.ts";

/** What a client of the API can be answered, by status. */
export function errorTable(): string {
  const rows = Object.entries<ErrorKind>(errorKinds)
    .filter(([, { place }]) => place === "answer")
    .toSorted(([, a], [, b]) => a.status - b.status)
    .map(([code, { status, type, when, retry }]) => [
      String(status),
      `\`${code}\``,
      `\`${type}\``,
      when,
      retry,
    ]);
  return markdownTable(["Status", "`code`", "`type`", "When", "Try the same again?"], rows);
}
