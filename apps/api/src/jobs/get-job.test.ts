import { describe, expect, it } from "@jest/globals";
import { newEndpointId } from "@herald/shared/webhooks/webhook-ids";
import { fakeJob, NOW, TENANT } from "../testing/fake-job.ts";
import { setupApp } from "../testing/setup-app.ts";

const ENDPOINT = {
  tenant: TENANT,
  url: "https://receiver.example/hook",
  events: ["job.cancelled"],
  description: "",
  headers: {},
  retryDelaysMs: null,
  now: NOW,
} as const;

describe("GET /v1/jobs/:job_id", () => {
  it.each(["nonsense", "019ab0c1-0000-7000-8000-000000000000", "..%2Fkeys", "%00"])(
    "answers 404 for %s, which no job is called",
    async (jobId) => {
      const { api, key } = setupApp();

      const response = await api.get(`/v1/jobs/${jobId}`).auth(key, { type: "bearer" });

      expect(response.status).toBe(404);
      expect(response.body).toMatchObject({ error: { code: "job_not_found", param: "job_id" } });
    },
  );

  it("answers the job", async () => {
    const { api, key, jobs } = setupApp();
    const job = fakeJob();
    jobs.set(job.id, job);

    const response = await api.get(`/v1/jobs/${job.id}`).auth(key, { type: "bearer" });

    expect(response.status).toBe(200);
    expect(response.body).toMatchObject({ job_id: job.id, status: "pending" });
  });

  it("says what has become of the endpoints that were told of its end", async () => {
    const { api, key, jobs, endpoints } = setupApp();
    const paused = newEndpointId(NOW);
    const gone = newEndpointId(NOW);
    await endpoints.create({ ...ENDPOINT, endpointId: paused, enabled: false });
    const job = fakeJob({ status: "cancelled", toldEndpoints: [paused, gone] });
    jobs.set(job.id, job);

    const one = await api.get(`/v1/jobs/${job.id}`).auth(key, { type: "bearer" });
    const all = await api.get("/v1/jobs").auth(key, { type: "bearer" });

    const told = [
      { endpoint_id: paused, state: "disabled", disabled_reason: "paused" },
      { endpoint_id: gone, state: "deleted", disabled_reason: null },
    ];
    expect(one.body).toMatchObject({ webhook: { url: null, endpoints: told } });
    expect(all.body).toMatchObject({ data: [{ webhook: { endpoints: told } }] });
  });

  it("does not ask the store for a name that no job can have", async () => {
    const asked: string[] = [];
    const { api, key } = setupApp({
      jobs: {
        find({ jobId }) {
          asked.push(jobId);
          return Promise.resolve(null);
        },
        list: () => Promise.reject(new Error("not to be asked")),
      },
    });

    await api.get("/v1/jobs/acme:1").auth(key, { type: "bearer" });

    expect(asked).toEqual([]);
  });
});
