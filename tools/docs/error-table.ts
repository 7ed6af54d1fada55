import type { ErrorCode } from "@herald/shared/errors";
import { markdownTable } from "./markdown-table.ts";
import { ERROR_ANSWERS } from "../../apps/api/src/http/error-answers.ts";
import { ERROR_MEANINGS } from "./error-meanings.ts";

/** What a client of the API can be answered, by status. */
export function errorTable(): string {
  const codes = (Object.keys(ERROR_ANSWERS) as ErrorCode[])
    .filter((code) => ERROR_MEANINGS[code].place === "answer")
    .toSorted((a, b) => ERROR_ANSWERS[a].status - ERROR_ANSWERS[b].status);
  const rows = codes.map((code) => {
    const { status, type } = ERROR_ANSWERS[code];
    const { when, retry } = ERROR_MEANINGS[code];
    return [String(status), `\`${code}\``, `\`${type}\``, when, retry];
  });
  return markdownTable(["Status", "`code`", "`type`", "When", "Try the same again?"], rows);
}
