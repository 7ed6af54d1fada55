import { describe, expect, it } from "@jest/globals";
import { fakeJob } from "../testing/fake-job.ts";
import { setupApp } from "../testing/setup-app.ts";

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
