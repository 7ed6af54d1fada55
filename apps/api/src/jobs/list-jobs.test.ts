import { describe, expect, it } from "@jest/globals";
import type { JobPage, JobQuery } from "@herald/jobs/record/job-store";
import { encodeCursor } from "../http/cursor.ts";
import { fakeJob } from "../testing/fake-job.ts";
import { setupApp } from "../testing/setup-app.ts";

function setup(page: Partial<JobPage> = {}) {
  const queries: JobQuery[] = [];
  const { api, key } = setupApp({
    jobs: {
      find: () => Promise.resolve(null),
      list(query) {
        queries.push(query);
        return Promise.resolve({ jobs: [], hasMore: false, lastJobId: null, ...page });
      },
    },
  });
  return { list: (query: string) => api.get(`/v1/jobs${query}`).auth(key, { type: "bearer" }), queries };
}

describe("GET /v1/jobs", () => {
  it("asks for the caller's newest 20 by default", async () => {
    const { list, queries } = setup();

    const response = await list("");

    expect(response.status).toBe(200);
    expect(response.body).toEqual({ data: [], has_more: false, next_cursor: null });
    expect(queries).toEqual([
      { tenant: "acme", status: null, createdAfter: null, createdBefore: null, afterJobId: null, limit: 20 },
    ]);
  });

  it("hands every filter on", async () => {
    const { list, queries } = setup();
    const jobId = fakeJob().id;

    await list(
      `?status=failed&limit=100&created_after=2026-01-01T00:00:00Z&created_before=2026-02-01T02:00:00%2B02:00&cursor=${encodeCursor(jobId)}`,
    );

    expect(queries).toEqual([
      {
        tenant: "acme",
        status: "failed",
        createdAfter: new Date("2026-01-01T00:00:00Z"),
        createdBefore: new Date("2026-02-01T00:00:00Z"),
        afterJobId: jobId,
        limit: 100,
      },
    ]);
  });

  it("gives a cursor as long as there is more, even when the last job of the page has just expired", async () => {
    const last = fakeJob().id;
    const { list } = setup({ jobs: [fakeJob()], hasMore: true, lastJobId: last });

    const response = await list("");

    expect(response.body).toMatchObject({ has_more: true, next_cursor: encodeCursor(last) });
  });

  it.each([
    ["limit=0", "limit", "invalid_request"],
    ["limit=101", "limit", "invalid_request"],
    ["limit=ten", "limit", "invalid_request"],
    ["limit=1&limit=2", "limit", "invalid_request"],
    ["status=done", "status", "invalid_request"],
    ["created_after=yesterday", "created_after", "invalid_request"],
    ["created_before=2026-13-01T00:00:00Z", "created_before", "invalid_request"],
    ["cursor=nonsense", "cursor", "invalid_cursor"],
    ["cursor=", "cursor", "invalid_cursor"],
    ["page=2", "page", "invalid_request"],
  ])("answers 400 to ?%s", async (query, param, code) => {
    const { list, queries } = setup();

    const response = await list(`?${query}`);

    expect(response.status).toBe(400);
    expect(response.body).toMatchObject({ error: { code, param } });
    expect(queries).toEqual([]);
  });
});
