import { describe, expect, it } from "@jest/globals";
import { setupApp } from "../testing/setup-app.ts";

describe("GET /health/live", () => {
  it("answers without a key and without asking anybody", async () => {
    const { api } = setupApp({ checks: () => Promise.reject(new Error("not to be asked")) });

    const response = await api.get("/health/live");

    expect(response.status).toBe(200);
    expect(response.body).toEqual({ status: "live" });
  });
});

describe("GET /health/ready", () => {
  it("answers 200 when everything answers", async () => {
    const { api } = setupApp({ checks: () => Promise.resolve({ redis: "ok", storage: "ok" }) });

    const response = await api.get("/health/ready");

    expect(response.status).toBe(200);
    expect(response.body).toEqual({ status: "ready", checks: { redis: "ok", storage: "ok" } });
  });

  it("answers 503 and names what is missing", async () => {
    const { api } = setupApp({
      checks: () => Promise.resolve({ redis: "ok", synthesis_worker: "unavailable" }),
    });

    const response = await api.get("/health/ready");

    expect(response.status).toBe(503);
    expect(response.body).toMatchObject({ checks: { redis: "ok", synthesis_worker: "unavailable" } });
  });
});

describe("GET /metrics", () => {
  it("answers the registry's text without a key", async () => {
    const { api } = setupApp();

    const response = await api.get("/metrics");

    expect(response.status).toBe(200);
    expect(response.text).toBe("up 1\n");
  });
});

describe("GET /v1/voices", () => {
  it("lists every voice with what it can do", async () => {
    const { api, key } = setupApp();

    const response = await api.get("/v1/voices").auth(key, { type: "bearer" });

    expect(response.status).toBe(200);
    expect((response.body as { data: object[] }).data).toContainEqual({
      id: "en-us",
      name: expect.any(String),
      engine: "espeak",
      language: expect.stringMatching(/^en/),
      gender: "male",
      sample_rate: 22_050,
      formats: ["mp3", "wav"],
    });
  });
});
