import { afterEach, beforeEach, expect, it } from "@jest/globals";
import type { Redis } from "ioredis";
import { openTestDeployment, type TestDeployment } from "../../../../tests/support/test-redis.ts";
import { connectPatiently } from "./connect.ts";

let deployment: TestDeployment;
let redis: Redis;
let key: string;
beforeEach(async () => {
  deployment = openTestDeployment();
  key = deployment.keys.openJobs;
  redis = connectPatiently(deployment.url, () => undefined);
  await redis.ping();
});
afterEach(async () => {
  redis.disconnect();
  await deployment.close();
});

it("writes what is asked in one turn once that turn is over", async () => {
  const { stream } = redis;

  const answers = Promise.all([redis.set(key, "1"), redis.multi().incr(key).exec(), redis.get(key)]);
  expect(stream.writableCorked).toBe(1);

  expect(await answers).toEqual(["OK", [[null, 2]], "2"]);
  expect(stream.writableCorked).toBe(0);
});

it("does so on the connections that are made after it", async () => {
  const duplicate = redis.duplicate();
  await duplicate.ping();

  const answer = duplicate.ping();
  expect(duplicate.stream.writableCorked).toBe(1);

  expect(await answer).toBe("PONG");
  duplicate.disconnect();
});

it("asks again, once, what a connection that broke in that turn had not sent", async () => {
  const answers = Promise.all([redis.incr(key), redis.incr(key), redis.incr(key)]);
  redis.stream.destroy();

  expect(await answers).toEqual([1, 2, 3]);
});
