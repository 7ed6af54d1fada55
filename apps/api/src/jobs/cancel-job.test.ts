import { describe, expect, it } from "@jest/globals";
import type { JobStatus } from "@herald/shared/jobs/status";
import type { JobRef } from "@herald/platform/redis/keys";
import { fakeJob } from "../testing/fake-job.ts";
import { setupApp, type AllDeps } from "../testing/setup-app.ts";

function setup(status: JobStatus, overrides: Partial<AllDeps> = {}) {
  const dequeued: string[] = [];
  const dequeue = (jobId: string): Promise<void> => {
    dequeued.push(jobId);
    return Promise.resolve();
  };
  const announced: string[] = [];
  const announceCancellation = ({ jobId }: JobRef): Promise<void> => {
    announced.push(jobId);
    return Promise.resolve();
  };
  const { api, key, addKey, jobs } = setupApp({ dequeue, announceCancellation, ...overrides });
  const job = fakeJob({ status });
  jobs.set(job.id, job);
  const cancel = (query = "", as = key) =>
    api.delete(`/v1/jobs/${job.id}${query}`).auth(as, { type: "bearer" });
  return { cancel, addKey, job, jobs, dequeued, announced };
}

describe("DELETE /v1/jobs/:job_id", () => {
  it("cancels a pending job and takes it from the queue", async () => {
    const { cancel, job, dequeued } = setup("pending");

    const response = await cancel("?force=false");

    expect(response.status).toBe(200);
    expect(response.body).toMatchObject({ job_id: job.id, status: "cancelled" });
    expect(dequeued).toEqual([job.id]);
  });

  it("cancels also when the queue cannot be reached: whoever gets the entry finds the job ended", async () => {
    const { cancel } = setup("pending", { dequeue: () => Promise.reject(new Error("Command timed out")) });

    expect((await cancel()).status).toBe(200);
  });

  it.each([
    ["processing", "job_processing"],
    ["completed", "job_finished"],
    ["failed", "job_finished"],
    ["cancelled", "job_finished"],
  ] as const)("answers 409 for a %s job and leaves it as it is", async (status, code) => {
    const { cancel, job, jobs, dequeued } = setup(status);

    const response = await cancel();

    expect(response.status).toBe(409);
    expect(response.body).toMatchObject({ error: { code, param: "job_id" } });
    expect(jobs.get(job.id)).toBe(job);
    expect(dequeued).toEqual([]);
  });

  it.each([
    ["processing", "job_processing"],
    ["completed", "job_finished"],
    ["cancelled", "job_finished"],
  ] as const)("says what became of a job that turned %s in the meantime", async (status, code) => {
    const { cancel, jobs, dequeued } = setup("pending", {
      finishJob(job) {
        jobs.set(job.id, { ...job, status });
        return Promise.resolve("stale");
      },
    });

    const response = await cancel();

    expect(response.status).toBe(409);
    expect(response.body).toMatchObject({ error: { code } });
    expect(dequeued).toEqual([]);
  });

  it("aborts a job that is being spoken when it is forced to, and tells the workers", async () => {
    const { cancel, job, announced } = setup("processing");

    const response = await cancel("?force=true");

    expect(response.status).toBe(200);
    expect(response.body).toMatchObject({ job_id: job.id, status: "cancelled" });
    expect(announced).toEqual([job.id]);
  });

  it("cancels a job that a worker took, or handed back, while it was being cancelled", async () => {
    let tries = 0;
    const { cancel, job, jobs } = setup("pending", {
      finishJob(seen, { to }) {
        const isFirst = tries++ === 0;
        jobs.set(job.id, { ...seen, status: isFirst ? "processing" : to });
        return Promise.resolve(isFirst ? "stale" : "applied");
      },
    });

    const response = await cancel("?force=true");

    expect(response.status).toBe(200);
    expect(jobs.get(job.id)?.status).toBe("cancelled");
  });

  it("does not undo an end, however forced", async () => {
    const { cancel, job, jobs, announced } = setup("completed");

    const response = await cancel("?force=true");

    expect(response.status).toBe(409);
    expect(response.body).toMatchObject({ error: { code: "job_finished" } });
    expect(jobs.get(job.id)).toBe(job);
    expect(announced).toEqual([]);
  });

  it.each(["?force=1", "?force=", "?force=yes"])(
    "refuses %s by name, whatever the job's status",
    async (query) => {
      const { cancel, job, jobs } = setup("pending");

      const response = await cancel(query);

      expect(response.status).toBe(400);
      expect(response.body).toMatchObject({ error: { code: "invalid_request", param: "force" } });
      expect(jobs.get(job.id)?.status).toBe("pending");
    },
  );

  it("refuses a viewer", async () => {
    const { cancel, addKey, job, jobs } = setup("pending");

    const response = await cancel("", addKey("viewer"));

    expect(response.status).toBe(403);
    expect(jobs.get(job.id)?.status).toBe("pending");
  });
});
