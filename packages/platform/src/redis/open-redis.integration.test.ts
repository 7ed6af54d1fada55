import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { startSeverableProxy, type SeverableProxy } from "../../../../tests/support/severable-proxy.ts";
import { openTestDeployment, type TestDeployment } from "../../../../tests/support/test-redis.ts";
import { waitFor } from "../../../../tests/support/wait.ts";
import { connectPatiently } from "./connect.ts";
import { openRedis, type OpenedRedis } from "./open-redis.ts";

let deployment: TestDeployment;
let proxy: SeverableProxy;
let opened: OpenedRedis;
let lines: string[];

beforeEach(async () => {
  deployment = openTestDeployment();
  proxy = await startSeverableProxy(deployment.url);
  lines = [];
  const write = (event: string): void => void lines.push(event);
  opened = openRedis({ url: proxy.url, connect: connectPatiently, logger: { info: write, warn: write } });
  await waitFor(() => opened.redis.status === "ready");
});

afterEach(async () => {
  opened.redis.disconnect();
  await proxy.close();
  await deployment.close();
});

it("tells of an outage once at each end, however often it is met", async () => {
  let tries = 0;
  opened.redis.on("reconnecting", () => tries++);

  await proxy.close();
  await waitFor(() => tries > 3);
  opened.onError(new Error("connect ECONNREFUSED 127.0.0.1:6379"));
  await proxy.reopen();
  await waitFor(() => opened.redis.status === "ready");

  expect(lines).toEqual(["redis.lost", "redis.restored"]);
});

it("tells once for a while what Redis refuses while it is there, and of any fault that is not Redis's absence", async () => {
  for (let i = 0; i < 100; i++) {
    opened.onError(new Error("OOM command not allowed when used memory > 'maxmemory'."));
  }
  expect(lines).toEqual(["redis.failed"]);

  await proxy.close();
  await waitFor(() => lines.includes("redis.lost"));
  opened.onError(new TypeError("x is not a function"));

  expect(lines).toEqual(["redis.failed", "redis.lost", "redis.failed"]);
});
