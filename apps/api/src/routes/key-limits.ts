import { limitNames, type Limits } from "@herald/shared/job";

const WIRE_NAMES: Readonly<Record<keyof Limits, string>> = {
  requestsPerMinute: "requests_per_minute",
  charsPerMinute: "characters_per_minute",
  pendingJobs: "max_pending_jobs",
  charsPerMonth: "characters_per_month",
};

/** From the body of `POST /v1/keys`. */
export function parseLimits(given: Readonly<Record<string, number | undefined>>): Limits {
  const named = limitNames.map((name) => [name, given[WIRE_NAMES[name]]] as const);
  return Object.fromEntries(named.filter(([, limit]) => limit !== undefined));
}

/** All four, null where the key has no limit of its own. */
export function presentLimits(limits: Limits): Record<string, number | null> {
  return Object.fromEntries(limitNames.map((name) => [WIRE_NAMES[name], limits[name] ?? null]));
}
