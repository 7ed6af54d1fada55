import { describe, expect, it } from "@jest/globals";
import { AppError } from "@herald/shared/errors";
import { hashApiKey } from "@herald/shared/signing/api-key";
import { Refusal } from "@herald/jobs/admission/refusal";
import { fakeJob, NOW } from "../testing/fake-job.ts";
import { setupApp } from "../testing/setup-app.ts";

function setup(overrides: Parameters<typeof setupApp>[0] = {}) {
  const { api, key, addKey, submissions } = setupApp(overrides);
  const post = (body: object, headers: Record<string, string> = {}) =>
    api.post("/v1/tts/async").auth(key, { type: "bearer" }).set(headers).send(body);
  return { api, post, addKey, submissions };
}

describe("POST /v1/tts/async", () => {
  it("answers 202 with the job and where it is, and every default filled in", async () => {
    const { post, submissions } = setup();

    const response = await post({ text: "Hello" });

    expect(response.status).toBe(202);
    expect(response.headers["location"]).toBe(`/v1/jobs/${(response.body as { job_id: string }).job_id}`);
    expect(response.headers).not.toHaveProperty("idempotent-replayed");
    expect(response.body).toMatchObject({
      status: "pending",
      voice: "en-us",
      format: "mp3",
      sample_rate: 22_050,
      speed: 1,
      text_chars: 5,
      priority: "normal",
      audio: null,
      error: null,
      webhook: { url: null, status: "none" },
      metadata: {},
    });
    expect(submissions).toMatchObject([{ tenant: "acme", text: "Hello", idempotencyKey: null }]);
  });

  it("takes every field at its word", async () => {
    const { post, submissions } = setup();

    const response = await post({
      text: "Guten Tag 👋",
      input_type: "text",
      voice: "de",
      format: "wav",
      sample_rate: 48_000,
      speed: 0.5,
      webhook_url: "https://example.com/hook",
      webhook_events: ["job.failed"],
      metadata: { order: "7" },
      priority: "high",
    });

    expect(response.status).toBe(202);
    expect(submissions[0]?.request).toMatchObject({
      voice: "de",
      format: "wav",
      sampleRate: 48_000,
      speed: 0.5,
      textChars: 11,
      priority: "high",
      webhookUrl: "https://example.com/hook",
      webhookEvents: ["job.failed"],
      metadata: { order: "7" },
    });
  });

  it.each([
    [{}, "invalid_request", "text"],
    [{ text: "" }, "unspeakable_text", "text"],
    [{ text: " \n\t " }, "unspeakable_text", "text"],
    [{ text: "..." }, "unspeakable_text", "text"],
    [{ text: "x".repeat(101) }, "text_too_long", "text"],
    [{ text: "hi", voice: "en-uss" }, "voice_not_found", "voice"],
    [{ text: "hi", voice: "__proto__" }, "voice_not_found", "voice"],
    [{ text: "hi", format: "opus" }, "format_not_supported", "format"],
    [{ text: "hi", format: "exe" }, "invalid_request", "format"],
    [{ text: "hi", colour: "red" }, "invalid_request", "colour"],
    [{ text: "hi", metadata: { a: 1 } }, "invalid_request", "metadata.a"],
    [{ text: "hi", input_type: "ssml" }, "invalid_request", "input_type"],
  ])("answers 400 to %j and makes no job", async (body, code, param) => {
    const { post, submissions } = setup();

    const response = await post(body);

    expect(response.status).toBe(400);
    expect(response.body).toMatchObject({ error: { code, param, type: "invalid_request_error" } });
    expect(submissions).toEqual([]);
  });

  it("counts the length of a text in code points", async () => {
    const { post } = setup();

    expect((await post({ text: `a${"👋".repeat(99)}` })).status).toBe(202);
  });

  it("names voices that are near the unknown one", async () => {
    const { post } = setup();

    const response = await post({ text: "hi", voice: "en-uss" });

    expect(response.text).toContain("en-us");
  });

  it("answers with what the guard has against a webhook URL", async () => {
    const { post, submissions } = setup({
      parseWebhookUrl() {
        throw new AppError("blocked_address", "webhook_url leads nowhere", { param: "webhook_url" });
      },
    });

    const response = await post({ text: "hi", webhook_url: "https://10.0.0.1/" });

    expect(response.status).toBe(400);
    expect(response.body).toMatchObject({ error: { code: "blocked_address", param: "webhook_url" } });
    expect(submissions).toEqual([]);
  });

  it("says so when an Idempotency-Key had made the job before", async () => {
    const job = fakeJob();
    const { post } = setup({ createJob: () => Promise.resolve({ job, replayed: true, left: null }) });

    const response = await post({ text: "hi" }, { "idempotency-key": "order-7" });

    expect(response.status).toBe(202);
    expect(response.headers["idempotent-replayed"]).toBe("true");
    expect(response.body).toMatchObject({ job_id: job.id });
  });

  it.each(["x".repeat(256), "caf\u00e9", " "])("answers 400 to the Idempotency-Key %p", async (key) => {
    const { post, submissions } = setup();

    const response = await post({ text: "hi" }, { "idempotency-key": key });

    expect(response.status).toBe(400);
    expect(response.body).toMatchObject({ error: { code: "invalid_request", param: "Idempotency-Key" } });
    expect(submissions).toEqual([]);
  });

  it("hands an Idempotency-Key of 255 characters on", async () => {
    const { post, submissions } = setup();

    await post({ text: "hi" }, { "idempotency-key": "k".repeat(255) });

    expect(submissions).toMatchObject([{ idempotencyKey: "k".repeat(255) }]);
  });

  it.each([
    ["requestsPerMinute", 429, "rate_limited", "rate_limit_error", "8"],
    ["charsPerMonth", 429, "quota_exceeded", "rate_limit_error", "8"],
    ["allPendingJobs", 503, "queue_full", "api_error", "8"],
    ["storage", 503, "storage_full", "api_error", "8"],
  ] as const)("answers a submission for which %s has no room with %i %s", async (limit, ...expected) => {
    const [status, code, type, retryAfter] = expected;
    const refusal = new Refusal({ limit, waitMs: 7001, left: { requests: 0, chars: null } }, {});
    const { post } = setup({ createJob: () => Promise.reject(refusal) });

    const response = await post({ text: "hi" });

    expect(response.status).toBe(status);
    expect(response.headers["retry-after"]).toBe(retryAfter);
    expect(response.body).toMatchObject({ error: { code, type, param: null } });
  });

  it("holds a submission against the key's own limits, and against the deployment's where it has none", async () => {
    const { api, addKey, keys, submissions } = setupApp({
      defaultLimits: { requestsPerMinute: 10, pendingJobs: 5 },
    });
    const key = addKey("consumer");
    const known = keys.get(hashApiKey(key));
    if (known !== undefined) keys.set(hashApiKey(key), { ...known, limits: { requestsPerMinute: 99 } });

    await api.post("/v1/tts/async").auth(key, { type: "bearer" }).send({ text: "hi" });

    expect(submissions).toMatchObject([
      { keyId: known?.keyId, limits: { requestsPerMinute: 99, pendingJobs: 5 } },
    ]);
  });

  it("takes its key for known for ten seconds, and hands on by what the job's own step looks it up", async () => {
    let now = NOW.getTime();
    const { api, key, keys, submissions } = setupApp({ now: () => new Date(now) });
    const statusAfter = async (ms: number): Promise<number> => {
      now += ms;
      return (await api.post("/v1/tts/async").auth(key, { type: "bearer" }).send({ text: "hi" })).status;
    };
    await statusAfter(0);
    keys.clear();

    expect(await statusAfter(9_999)).toBe(202);
    expect(await statusAfter(1)).toBe(401);

    expect(submissions.map(({ keyHash }) => keyHash)).toEqual([hashApiKey(key), hashApiKey(key)]);
  });

  it("answers 403 to a viewer and makes no job", async () => {
    const { api, addKey, submissions } = setup();

    const response = await api
      .post("/v1/tts/async")
      .auth(addKey("viewer"), { type: "bearer" })
      .send({ text: "hi" });

    expect(response.status).toBe(403);
    expect(response.body).toMatchObject({ error: { code: "read_only_key", type: "permission_error" } });
    expect(submissions).toEqual([]);
  });
});
