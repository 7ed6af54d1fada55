import type { ErrorCode } from "@herald/shared/error-kinds";
import { AppError } from "@herald/shared/errors";
import type { z } from "zod";
import { complain } from "./complain.ts";

/** Names that clients made up come back in the answer, but not at any length. */
const MAX_PARAM_CHARS = 128;

/** The value as the schema has it, or the AppError that names the field at fault. For bodies and queries alike. */
export function parseInput<S extends z.ZodType>(schema: S, input: unknown): z.infer<S> {
  const parsed = schema.safeParse(input, { error: complain });
  if (parsed.success) {
    return parsed.data;
  }
  const [issue] = parsed.error.issues;
  throw issue === undefined ? parsed.error : issueToError(issue);
}

function issueToError(issue: z.core.$ZodIssue): AppError {
  const param = pathAtFault(issue).map(String).join(".").slice(0, MAX_PARAM_CHARS);
  return param === ""
    ? new AppError(codeOf(issue), `the body ${issue.message}`)
    : new AppError(codeOf(issue), `${param} ${issue.message}`, { param });
}

/** Zod reports an unknown field at the object that holds it. */
function pathAtFault(issue: z.core.$ZodIssue): readonly PropertyKey[] {
  return issue.code === "unrecognized_keys" ? [...issue.path, issue.keys[0] ?? ""] : issue.path;
}

/** A schema may name a better code than `invalid_request` for one of its rules. */
function codeOf(issue: z.core.$ZodIssue): ErrorCode {
  const named: unknown = issue.code === "custom" ? issue.params?.["code"] : undefined;
  return named === undefined ? "invalid_request" : (named as ErrorCode);
}
