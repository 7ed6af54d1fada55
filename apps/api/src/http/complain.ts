import type { z } from "zod";

/** What is wrong with a field, to be read after the field's name. zod asks this only where the schema has no message. */
export function complain(issue: z.core.$ZodRawIssue): string {
  if (issue.input === undefined && issue.code !== "unrecognized_keys") {
    return "is required";
  }
  switch (issue.code) {
    case "unrecognized_keys":
      return "is not a known field";
    case "invalid_type":
      // As a parameter of the query that is given twice.
      if (issue.expected === "string" && Array.isArray(issue.input)) return "must be one string, not several";
      return `must be ${withArticle(issue.expected)}`;
    case "invalid_value":
      return `must be ${oneOf(issue.values)}`;
    case "too_small":
      return limit(issue.origin, `at least ${issue.minimum}`);
    case "too_big":
      return limit(issue.origin, `at most ${issue.maximum}`);
    case "invalid_key":
      return "is not a possible name: 1 to 64 characters are allowed";
    case "invalid_format":
    case "not_multiple_of":
    case "invalid_union":
    case "invalid_element":
    case "custom":
      return "is not valid";
  }
}

function oneOf(values: readonly unknown[]): string {
  return values.length === 1 ? String(values[0]) : `one of ${values.map(String).join(", ")}`;
}

function withArticle(type: string): string {
  return type === "record" || type === "object"
    ? "an object"
    : `${/^[aeio]/.test(type) ? "an" : "a"} ${type}`;
}

function limit(origin: string, bound: string): string {
  if (origin === "string") return `must be ${bound} characters long`;
  return origin === "array" ? `must have ${bound} of them` : `must be ${bound}`;
}
