import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createKeys } from "@herald/platform/redis/keys";
import { startHerald, type Herald } from "../support/herald.ts";

describe("Herald's own services, where no private range is opened", () => {
  let herald: Herald;
  let redis: Redis;
  beforeAll(async () => {
    herald = await startHerald({
      env: { WEBHOOK_ALLOW_CIDRS: "", WEBHOOK_ALLOW_HTTP: "true", WEBHOOK_RETRY_DELAYS: "100ms" },
    });
    redis = new Redis(herald.redis.url);
  }, 60_000);
  afterAll(async () => {
    redis.disconnect();
    await herald.stop();
  }, 60_000);

  const metricsOf = (app: "api" | "webhook-worker") =>
    `http://${herald.metricsTargets.get(app)?.[0]}/metrics`;
  const services = (): readonly (readonly [name: string, url: string])[] => [
    ["the API", `${herald.url}/v1/tts/async`],
    ["the API by name", `${herald.url.replace("127.0.0.1", "localhost")}/v1/tts/async`],
    ["the queue board", `${herald.url}/admin/queues`],
    ["the API's metrics", metricsOf("api")],
    ["a worker's metrics", metricsOf("webhook-worker")],
    ["Redis", herald.redis.url.replace("redis:", "http:")],
  ];

  const post = (path: string, body: object) =>
    herald.client.request(path, { method: "POST", body: JSON.stringify(body) });

  it("cannot be named as receivers, by a job or by an endpoint", async () => {
    for (const [name, url] of services()) {
      const refusals = [
        await post("/v1/tts/async", { text: "Hello.", webhook_url: url }),
        await post("/v1/webhook-endpoints", { url }),
      ];
      expect([name, ...refusals.map(({ status }) => status)]).toEqual([name, 400, 400]);
    }
  });

  it("are not reached by an endpoint that names one all the same", async () => {
    const endpoint = (await (
      await post("/v1/webhook-endpoints", { url: "https://example.com/hook" })
    ).json()) as {
      endpoint_id: string;
    };
    const record = createKeys("herald").endpoint("default", endpoint.endpoint_id);
    for (const [name, url] of services()) {
      // Redis is not for tenants to write to: it stands for whatever an earlier version may have taken.
      expect(await redis.hset(record, "url", url)).toBe(0);
      const { job_id } = await herald.client.submit({ text: "Hello.", format: "wav" });
      const { status, attempts } = await herald.client.settledDelivery(job_id);
      const classes = new Set(attempts.map(({ error_class }) => error_class));
      expect([name, status, ...classes]).toEqual([name, "failed", "blocked_address"]);
    }
  });
});
