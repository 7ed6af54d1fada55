import { describe, expect, it } from "@jest/globals";
import { AppError } from "@herald/shared/errors";
import { generateApiKey } from "@herald/shared/signing/api-key";
import { fakeJob } from "./testing/fake-job.ts";
import { setupApp, type AllDeps } from "./testing/setup-app.ts";

const BODY = { text: "Hello there" };

describe("every answer", () => {
  it("carries the client's x-request-id, and the job remembers it", async () => {
    const { api, key, submissions } = setupApp();

    const response = await api
      .post("/v1/tts/async")
      .auth(key, { type: "bearer" })
      .set("x-request-id", "trace-7.a_B")
      .send(BODY);

    expect(response.headers["x-request-id"]).toBe("trace-7.a_B");
    expect(submissions[0]?.request.requestId).toBe("trace-7.a_B");
  });

  it.each(["", "with space", "x".repeat(129), "a/b"])(
    "makes an id of its own instead of %p",
    async (offered) => {
      const { api } = setupApp();

      const response = await api.get("/nowhere").set("x-request-id", offered);

      expect(response.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
    },
  );

  it("says nothing of Express, and is not to be kept", async () => {
    const { api } = setupApp();

    const response = await api.get("/health/live");

    expect(response.headers).not.toHaveProperty("x-powered-by");
    expect(response.headers).toMatchObject({
      "cache-control": "no-store",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      "referrer-policy": "no-referrer",
      "strict-transport-security": "max-age=31536000; includeSubDomains",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
    });
  });
});

describe("every refusal is the envelope with all four keys", () => {
  it("404 for an unknown route", async () => {
    const { api } = setupApp();

    const response = await api.get("/v1/nowhere");

    expect(response.status).toBe(404);
    expect(response.body).toEqual({
      error: {
        message: "there is nothing at this address",
        type: "invalid_request_error",
        param: null,
        code: "route_not_found",
      },
    });
  });

  it.each([
    ["PUT", "/v1/tts/async", "POST"],
    ["GET", "/v1/tts/async", "POST"],
    ["POST", "/v1/jobs", "GET, HEAD"],
    ["PATCH", "/v1/jobs/x", "GET, HEAD, DELETE"],
    ["OPTIONS", "/v1/keys", "GET, HEAD, POST"],
    ["POST", "/health/live", "GET, HEAD"],
  ])("405 with Allow for %s %s", async (method, path, allow) => {
    const { api } = setupApp();

    const response = await api[method.toLowerCase() as "put"](path);

    expect(response.status).toBe(405);
    expect(response.headers["allow"]).toBe(allow);
    expect(response.body).toMatchObject({ error: { code: "method_not_allowed", param: null } });
  });

  it("400 for a path that is not valid percent-encoding", async () => {
    const { api, key } = setupApp();

    const response = await api.get("/v1/jobs/%ff").auth(key, { type: "bearer" });

    expect(response.status).toBe(400);
    expect(response.body).toMatchObject({ error: { code: "invalid_request" } });
  });

  it("500 without a word about the cause, which the log has", async () => {
    const boom = new Error("secret detail");
    const { api, key, lines } = setupApp({
      jobs: { find: () => Promise.reject(boom), list: () => Promise.reject(boom) },
    });

    const response = await api.get("/v1/jobs").auth(key, { type: "bearer" });

    expect(response.status).toBe(500);
    expect(response.body).toMatchObject({ error: { code: "internal_error", type: "api_error" } });
    expect(response.text).not.toContain("secret");
    expect(lines).toMatchObject([{ level: "error", error: { cause: boom } }]);
  });

  it("503 with Retry-After when Redis is away, also for the key's look-up", async () => {
    const away = (): Promise<never> => Promise.reject(new Error("Connection is closed."));
    const { api, key, lines } = setupApp({
      apiKeys: { findByHash: away, list: away, create: away, remove: away, touch: away },
    });

    const response = await api.post("/v1/tts/async").auth(key, { type: "bearer" }).send(BODY);

    expect(response.status).toBe(503);
    expect(response.headers["retry-after"]).toMatch(/^\d+$/);
    expect(response.body).toMatchObject({ error: { code: "redis_unavailable", type: "api_error" } });
    expect(lines).toMatchObject([{ level: "warn" }]);
  });
});

describe("authentication", () => {
  it.each([
    ["POST", "/v1/tts/async"],
    ["GET", "/v1/jobs"],
    ["GET", "/v1/jobs/019ab0c1-0000-7000-8000-000000000000"],
    ["DELETE", "/v1/jobs/019ab0c1-0000-7000-8000-000000000000"],
    ["GET", "/v1/jobs/019ab0c1-0000-7000-8000-000000000000/audio"],
    ["GET", "/v1/jobs/019ab0c1-0000-7000-8000-000000000000/deliveries"],
    ["POST", "/v1/jobs/019ab0c1-0000-7000-8000-000000000000/redeliver"],
    ["GET", "/v1/deliveries"],
    ["POST", "/v1/deliveries/recover"],
    ["GET", "/v1/deliveries/recover/rec_019ab0c1-0000-7000-8000-000000000000"],
    ["DELETE", "/v1/deliveries/recover/rec_019ab0c1-0000-7000-8000-000000000000"],
    ["POST", "/v1/deliveries/evt_019ab0c1-0000-7000-8000-000000000000/redeliver"],
    ["GET", "/v1/voices"],
    ["GET", "/v1/keys"],
    ["POST", "/v1/keys"],
    ["DELETE", "/v1/keys/key_1"],
  ])("%s %s answers 401 without a key", async (method, path) => {
    const { api } = setupApp();

    const response = await api[method.toLowerCase() as "get"](path);

    expect(response.status).toBe(401);
    expect(response.headers["www-authenticate"]).toMatch(/^Bearer/);
    expect(response.body).toMatchObject({ error: { code: "missing_api_key", type: "authentication_error" } });
  });

  it.each([
    "Basic aGs6",
    "Bearer",
    "Bearer hk_short",
    `Bearer ${generateApiKey()}`,
    `Bearer ${generateApiKey()} x`,
  ])("refuses %p", async (authorization) => {
    const { api } = setupApp();

    const response = await api.get("/v1/jobs").set("authorization", authorization);

    expect(response.status).toBe(401);
    expect(response.body).toMatchObject({ error: { code: "invalid_api_key" } });
  });

  it("comes before the body: a stranger's is neither parsed nor judged", async () => {
    const { api } = setupApp();

    const response = await api.post("/v1/tts/async").type("json").send("x".repeat(5_000_000));

    expect(response.status).toBe(401);
  });

  it("notes a key's use once, however many requests come at once", async () => {
    const key = generateApiKey();
    const touched: string[] = [];
    const { api, keys } = setupApp({
      apiKeys: {
        findByHash: () => Promise.resolve([...keys.values()][0] ?? null),
        touch(hash: string) {
          touched.push(hash);
          return new Promise(() => undefined);
        },
      } as unknown as AllDeps["apiKeys"],
    });

    const answers = await Promise.all(
      Array.from({ length: 10 }, () => api.get("/v1/voices").auth(key, { type: "bearer" })),
    );

    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(touched).toHaveLength(1);
  });

  it("does not note the use of a key that was used within the minute", async () => {
    const { api, key, keys, touched } = setupApp();
    for (const [hash, known] of keys)
      keys.set(hash, { ...known, lastUsedAt: new Date("2026-03-01T11:59:01Z") });

    await api.get("/v1/voices").auth(key, { type: "bearer" });

    expect(touched).toEqual([]);
  });
});

describe("bodies", () => {
  function post() {
    const { api, key, submissions } = setupApp();
    return { send: api.post("/v1/tts/async").auth(key, { type: "bearer" }), submissions };
  }

  it.each(["{", "", '{"text":"hi"} x', "{'text':'hi'}"])("answers 400 invalid_json to %p", async (body) => {
    const { send, submissions } = post();

    const response = await send.type("json").send(body);

    expect(response.status).toBe(400);
    expect(response.body).toMatchObject({ error: { code: "invalid_json", param: null } });
    expect(submissions).toEqual([]);
  });

  it.each(["text/plain", "application/x-www-form-urlencoded", "application/jsonp"])(
    "answers 415 to %s",
    async (type) => {
      const { send, submissions } = post();

      const response = await send.set("content-type", type).send("text=hi");

      expect(response.status).toBe(415);
      expect(response.body).toMatchObject({
        error: { code: "unsupported_media_type", param: "Content-Type" },
      });
      expect(submissions).toEqual([]);
    },
  );

  it("answers 415 to a compressed body, so that a small one cannot become a huge one", async () => {
    const { send } = post();

    const response = await send.type("json").set("content-encoding", "gzip").send("{}");

    expect(response.status).toBe(415);
    expect(response.body).toMatchObject({ error: { param: "Content-Encoding" } });
  });

  it("answers 413 to a body over the limit", async () => {
    const { send, submissions } = post();

    const response = await send.send({ text: "x".repeat(5_000_000) });

    expect(response.status).toBe(413);
    expect(response.body).toMatchObject({ error: { code: "body_too_large" } });
    expect(submissions).toEqual([]);
  });
});

describe("another tenant", () => {
  it.each(["", "/audio", "/deliveries"])("finds no job of ours at /v1/jobs/:id%s", async (rest) => {
    const { api, addKey, jobs } = setupApp();
    const job = fakeJob();
    jobs.set(job.id, job);

    const response = await api
      .get(`/v1/jobs/${job.id}${rest}`)
      .auth(addKey("admin", "other"), { type: "bearer" });

    expect(response.status).toBe(404);
    expect(response.body).toMatchObject({ error: { code: "job_not_found", param: "job_id" } });
  });

  it("cannot cancel a job of ours", async () => {
    const { api, addKey, jobs } = setupApp();
    const job = fakeJob();
    jobs.set(job.id, job);

    const response = await api
      .delete(`/v1/jobs/${job.id}`)
      .auth(addKey("admin", "other"), { type: "bearer" });

    expect(response.status).toBe(404);
    expect(jobs.get(job.id)?.status).toBe("pending");
  });
});

describe("the line of a request", () => {
  it("says what was asked by whom and what came of it, in one line", async () => {
    const { api, key, keys, jobs, lines, observed } = setupApp();
    const job = fakeJob();
    jobs.set(job.id, job);

    await api.get(`/v1/jobs/${job.id}`).auth(key, { type: "bearer" }).set("x-request-id", "r1");

    expect(lines).toEqual([
      {
        level: "info",
        event: "request.finished",
        method: "GET",
        route: "/v1/jobs/:job_id",
        status: 200,
        duration_ms: expect.any(Number),
        request_id: "r1",
        tenant: "acme",
        key_id: [...keys.values()][0]?.keyId,
        job_id: job.id,
        bytes: expect.any(Number),
      },
    ]);
    expect(observed).toMatchObject([{ method: "GET", route: "/v1/jobs/:job_id", status: 200 }]);
  });

  it("never holds the text, the key or a link's token, and is at most info when the client was wrong", async () => {
    const { api, key, lines } = setupApp();

    await api
      .post("/v1/tts/async")
      .auth(key, { type: "bearer" })
      .send({ text: "private words", voice: "nobody" });
    await api.get(`/v1/jobs/${fakeJob().id}/audio?token=stolen`);
    await api.get("/v1/jobs/%ff/stolen?token=stolen");
    await api.get("/v1/jobs").set("authorization", "Bearer hk_wrong");

    expect(lines).toHaveLength(4);
    expect(lines.every(({ level }) => level === "info")).toBe(true);
    expect(JSON.stringify(lines)).not.toMatch(/private|stolen|hk_/);
  });

  it("does not let a probe speak above debug", async () => {
    const { api, lines } = setupApp({ checks: () => Promise.resolve({ redis: "unavailable" }) });

    await api.get("/health/ready");

    expect(lines).toMatchObject([{ level: "debug", status: 503 }]);
  });

  it("calls an unknown path unmatched, so that a metric's labels stay few", async () => {
    const { api, observed } = setupApp();

    await api.get("/wp-admin.php");

    expect(observed).toMatchObject([{ route: "unmatched", status: 404 }]);
  });
});

describe("a failure that has a name", () => {
  it("keeps its code, sentence and param", async () => {
    const refused = () =>
      Promise.reject(new AppError("idempotency_key_reused", "used before", { param: "Idempotency-Key" }));
    const { api, key } = setupApp({ createJob: refused });

    const response = await api.post("/v1/tts/async").auth(key, { type: "bearer" }).send(BODY);

    expect(response.status).toBe(409);
    expect(response.headers["x-should-retry"]).toBe("false");
    expect(response.body).toEqual({
      error: {
        message: "used before",
        type: "invalid_request_error",
        param: "Idempotency-Key",
        code: "idempotency_key_reused",
      },
    });
  });
});
