import type { EndpointState, Job } from "@herald/shared/jobs/job";
import { presentJob, type JobLinks } from "@herald/shared/jobs/present-job";
import type { Endpoint } from "@herald/webhooks/endpoints/endpoint-record";
import type { EndpointStore } from "@herald/webhooks/endpoints/endpoint-store";

export interface PresentJobsDeps {
  readonly endpoints: Pick<EndpointStore, "list">;
  readonly links: JobLinks;
}

/** Jobs of one tenant, each with what has become of the endpoints that were told of its end. */
export async function presentJobs(jobs: readonly Job[], { endpoints, links }: PresentJobsDeps) {
  const teller = jobs.find(({ toldEndpoints }) => toldEndpoints.length > 0);
  const known = teller === undefined ? [] : await endpoints.list(teller.tenant);
  return jobs.map((job) => withEndpoints(job, known, links));
}

export async function presentOneJob(job: Job, deps: PresentJobsDeps) {
  const [presented] = await presentJobs([job], deps);
  return presented;
}

function withEndpoints(job: Job, known: readonly Endpoint[], links: JobLinks) {
  const presented = presentJob(job, links);
  const endpoints = job.toldEndpoints.map((endpointId) => {
    const endpoint = known.find((candidate) => candidate.endpointId === endpointId);
    return { endpoint_id: endpointId, ...standingOf(endpoint) };
  });
  return { ...presented, webhook: { ...presented.webhook, endpoints } };
}

function standingOf(endpoint: Endpoint | undefined): {
  state: EndpointState | "deleted";
  disabled_reason: Endpoint["disabledReason"];
} {
  return endpoint === undefined
    ? { state: "deleted", disabled_reason: null }
    : { state: endpoint.state, disabled_reason: endpoint.disabledReason };
}
