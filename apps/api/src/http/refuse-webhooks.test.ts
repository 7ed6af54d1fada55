import { expect, it } from "@jest/globals";
import { setupApp } from "../testing/setup-app.ts";

it.each([
  ["post", "/v1/tts/async"],
  ["post", "/v1/jobs/019ab0c1-0000-7000-8000-000000000000/redeliver"],
  ["post", "/v1/webhook-endpoints/we_019ab0c1-0000-7000-8000-000000000000/test"],
  ["post", "/v1/deliveries/recover"],
  ["post", "/health/live"],
] as const)("a webhook that is sent to Herald itself does nothing: %s %s", async (method, path) => {
  const { api, key, submissions } = setupApp();

  const response = await api[method](path)
    .auth(key, { type: "bearer" })
    .set("x-webhook-attempt", "1")
    .send({ text: "Hello." });

  expect(response.status).toBe(403);
  expect(response.body).toMatchObject({ error: { code: "webhook_loop" } });
  expect(submissions).toEqual([]);
});
