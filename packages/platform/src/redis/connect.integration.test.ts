import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { startSeverableProxy, type SeverableProxy } from "../../../../tests/support/severable-proxy.ts";
import { openTestDeployment, type TestDeployment } from "../../../../tests/support/test-redis.ts";
import { waitFor } from "../../../../tests/support/wait.ts";
import { OPEN_DOORS, requestOf } from "../../../../tests/support/test-store.ts";
import { createSynthesisQueue } from "@herald/queue/queues/queues";
import { createJob } from "@herald/jobs/admission/create-job";
import { connectFailingFast, connectPatiently, isRedisUnavailable } from "./connect.ts";

let deployment: TestDeployment;
let proxy: SeverableProxy;

beforeEach(async () => {
  deployment = openTestDeployment();
  proxy = await startSeverableProxy(deployment.url);
});
afterEach(async () => {
  await proxy.close();
  await deployment.close();
});

/** What the API does for each request, on the connection that it does it with. */
function openApi(url: string) {
  const redis = connectFailingFast(url, () => undefined);
  const { keys } = deployment;
  const queue = createSynthesisQueue({ redis, prefix: keys.queuePrefix, attempts: 3 });
  const submission = {
    tenant: "acme",
    request: requestOf(),
    keyId: "key_1",
    keyHash: null,
    limits: {},
    text: "Hello.",
    idempotencyKey: "k",
    now: new Date(),
  };
  return {
    redis,
    create: () => createJob({ ...OPEN_DOORS, redis, keys, queue, idempotencyTtlMs: 60_000 }, submission),
    async close() {
      await queue.stop();
      redis.disconnect();
    },
  };
}

async function failureOf(work: Promise<unknown>): Promise<{ error: unknown; ms: number }> {
  const startedAt = performance.now();
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  return { error, ms: performance.now() - startedAt };
}

describe("a connection that must answer now", () => {
  it("says that Redis is away at once when it never was there", async () => {
    await proxy.close();
    const api = openApi(proxy.url);

    const { error, ms } = await failureOf(api.create());

    expect(isRedisUnavailable(error)).toBe(true);
    expect(ms).toBeLessThan(500);
    await api.close();
    proxy = await startSeverableProxy(deployment.url);
  });

  it("keeps nothing for later while it is not connected", async () => {
    proxy.sever();
    const api = openApi(proxy.url);

    const { error, ms } = await failureOf(api.create());

    expect(isRedisUnavailable(error)).toBe(true);
    expect(ms).toBeLessThan(500);
    await api.close();
  });

  it("says so within 1.5 s when Redis does not answer, and works again when it does", async () => {
    const api = openApi(proxy.url);
    await new Promise((resolve) => api.redis.once("ready", resolve));
    const first = await api.create();
    proxy.sever();

    const { error, ms } = await failureOf(api.create());

    expect(isRedisUnavailable(error)).toBe(true);
    expect(ms).toBeLessThan(1_500);
    proxy.mend();
    expect((await api.create()).job.id).toBe(first.job.id);
    await api.close();
  });
});

describe("a connection whose path broke without a word", () => {
  it("is given up, so that the next one works within 3 s of the path's return", async () => {
    const api = openApi(proxy.url);
    await new Promise((resolve) => api.redis.once("ready", resolve));
    proxy.sever();
    await failureOf(api.create());

    proxy.abandon();

    const begun = performance.now();
    await waitFor(() => failureOf(api.create()).then(({ error }) => error === null));
    expect(performance.now() - begun).toBeLessThan(3_000);
    await api.close();
  });

  it("is not asked again what was answered as failed", async () => {
    const key = `${deployment.keys.queuePrefix}:x`;
    const redis = connectFailingFast(proxy.url, () => undefined);
    await new Promise((resolve) => redis.once("ready", resolve));
    proxy.sever();
    const failed = failureOf(redis.set(key, "1"));
    await proxy.close();
    await failed;

    await proxy.reopen();
    proxy.mend();
    await waitFor(() => redis.status === "ready");

    expect(await redis.get(key)).toBeNull();
    redis.disconnect();
  });
});

describe("a connection that waits", () => {
  it("carries out what was asked while Redis was away", async () => {
    const redis = connectPatiently(proxy.url, () => undefined);
    proxy.sever();

    const answer = redis.set(`${deployment.keys.queuePrefix}:x`, "1");
    proxy.mend();

    expect(await answer).toBe("OK");
    redis.disconnect();
  });
});

describe("telling Redis's absence from a fault", () => {
  it.each([
    "Stream isn't writeable and enableOfflineQueue options is false",
    "Command timed out",
    "Connection is closed.",
    "Command aborted due to connection close",
    "All sentinels are unreachable. Retrying from scratch after 500ms.",
    "connect ECONNREFUSED 127.0.0.1:6379",
    "LOADING Redis is loading the dataset in memory",
    "OOM command not allowed when used memory > 'maxmemory'.",
    "MISCONF Redis is configured to save RDB snapshots",
    "READONLY You can't write against a read only replica.",
  ])("knows %s", (message) => {
    expect(isRedisUnavailable(new Error(message))).toBe(true);
  });

  it.each(["ERR wrong number of arguments", "WRONGTYPE Operation against a key", "x is not a function"])(
    "does not hide %s",
    (message) => {
      expect(isRedisUnavailable(new Error(message))).toBe(false);
    },
  );
});
