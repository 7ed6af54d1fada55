import { limitNames, type Limits } from "@herald/shared/jobs/limits";
import { z } from "zod";

const WIRE_NAMES: Readonly<Record<keyof Limits, string>> = {
  requestsPerMinute: "requests_per_minute",
  charsPerMinute: "characters_per_minute",
  pendingJobs: "max_pending_jobs",
  charsPerMonth: "characters_per_month",
};

const limit = z.int().min(1).max(1e12).optional();

/** `[one, another, why]`: the one is more than the other ever lets through. */
const CONTRADICTIONS = [
  ["characters_per_minute", "characters_per_month", "what may be submitted in a month"],
  ["requests_per_minute", "characters_per_minute", "the characters that they may have together"],
  ["requests_per_minute", "characters_per_month", "the characters that they may have together"],
] as const;

/** `limits` in the body of `POST /v1/keys`. A key's waiting jobs are its tenant's, and some of all tenants'. */
export function limitsSchema({ maxPendingJobs }: { readonly maxPendingJobs: number }) {
  return z
    .strictObject({
      requests_per_minute: limit.describe("Jobs that the key may submit in a minute."),
      characters_per_minute: limit.describe("Characters that the key may submit in a minute."),
      max_pending_jobs: limit
        .refine((jobs = 0) => jobs <= maxPendingJobs, {
          error: `must be at most ${maxPendingJobs}, which is what may wait of all tenants together`,
        })
        .describe("Jobs of the tenant that may wait when this key submits one."),
      characters_per_month: limit.describe(
        "Characters that the tenant may submit in a calendar month of UTC.",
      ),
    })
    .superRefine((limits, context) => {
      for (const [one, another, why] of CONTRADICTIONS) {
        const [few = 0, many = Infinity] = [limits[one], limits[another]];
        if (few <= many) continue;
        const message = `must be at most limits.${another}, ${why}`;
        context.addIssue({ code: "custom", path: [one], message });
      }
    })
    .transform(parseLimits);
}

function parseLimits(given: Readonly<Record<string, number | undefined>>): Limits {
  const named = limitNames.map((name) => [name, given[WIRE_NAMES[name]]] as const);
  return Object.fromEntries(named.filter(([, amount]) => amount !== undefined));
}

/** All four, null where the key has no limit of its own. */
export function presentLimits(limits: Limits): Record<string, number | null> {
  return Object.fromEntries(limitNames.map((name) => [WIRE_NAMES[name], limits[name] ?? null]));
}
