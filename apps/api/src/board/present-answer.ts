import { pickNumbers, presentEntry, presentName, recordOf } from "./present-entry.ts";

type Body = Readonly<Record<string, unknown>>;
type Present = (body: Body, showTenant: boolean) => unknown;

/**
 * The board's routes that may be read, and what of their answers is passed on. A route that is not listed is not there: a
 * new version's new one has to be looked at first.
 */
const PRESENTED: Readonly<Record<string, Present>> = {
  "/api/queues": ({ queues }, showTenant) => ({
    queues: listOf(queues).map((queue) => ({
      ...queue,
      jobs: listOf(queue["jobs"]).map((entry) => presentEntry(entry, showTenant)),
    })),
  }),
  "/api/queues/:queueName/:jobId": ({ job, status }, showTenant) => ({
    job: presentEntry(recordOf(job), showTenant),
    status,
  }),
  "/api/job-schedulers": ({ schedulers }) => ({ schedulers: listOf(schedulers).map(presentScheduler) }),
  "/api/queues/:queueName/metrics": (counters) => counters,
  "/api/queues/:queueName/rate-limit": (limit) => limit,
  "/api/queues/:queueName/default-job-options": () => ({}),
};

export const presentedRoutes = Object.keys(PRESENTED);

export function presentAnswer(route: string, body: unknown, showTenant: boolean): unknown {
  return PRESENTED[route]?.(recordOf(body), showTenant);
}

function presentScheduler(scheduler: Body): Body {
  return {
    ...pickNumbers(scheduler, ["every", "next", "iterationCount", "lastRun"]),
    id: presentName(scheduler["id"]),
    name: presentName(scheduler["name"]),
    queueName: presentName(scheduler["queueName"]),
  };
}

function listOf(value: unknown): readonly Body[] {
  return Array.isArray(value) ? value.map(recordOf) : [];
}
