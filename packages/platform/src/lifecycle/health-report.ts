import { withDeadline } from "@herald/shared/with-deadline";

/** What each dependency answered, by its name. */
export type HealthReport = Readonly<Record<string, "ok" | "unavailable">>;

/** Resolves when the dependency can be used now, and throws when not. */
export type HealthCheck = () => Promise<unknown>;

/** Asks all at once. One that has not answered by the deadline counts as unavailable: a probe must never hang. */
export async function checkHealth(
  checks: Readonly<Record<string, HealthCheck>>,
  timeoutMs = 1000,
): Promise<HealthReport> {
  const answers = Object.entries(checks).map(async ([name, check]) => {
    const ok = await withDeadline(attempt(check), timeoutMs).then(
      () => true,
      () => false,
    );
    return [name, ok ? "ok" : "unavailable"] as const;
  });
  return Object.fromEntries(await Promise.all(answers));
}

/** A check may also throw before it has a promise to give. */
async function attempt(check: HealthCheck): Promise<void> {
  await check();
}

export interface ReadinessAnswer {
  readonly status: 200 | 503;
  readonly body: { readonly status: "ready" | "unavailable"; readonly checks: HealthReport };
}

/** `GET /health/ready`, wherever it is served. */
export function presentReadiness(checks: HealthReport): ReadinessAnswer {
  const ready = Object.values(checks).every((answer) => answer === "ok");
  return ready
    ? { status: 200, body: { status: "ready", checks } }
    : { status: 503, body: { status: "unavailable", checks } };
}
