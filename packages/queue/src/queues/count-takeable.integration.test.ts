import { Queue } from "bullmq";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { openTestDeployment, type TestDeployment } from "../../../../tests/support/test-redis.ts";
import { countTakeable } from "./count-takeable.ts";
import { queueNames } from "./entries.ts";

let deployment: TestDeployment;
let bull: Queue;

beforeEach(() => {
  deployment = openTestDeployment();
  bull = new Queue(queueNames.synthesis, {
    connection: deployment.redis,
    prefix: deployment.keys.queuePrefix,
  });
});

afterEach(async () => {
  await bull.close();
  await deployment.close();
});

const count = () => {
  const { redis, keys } = deployment;
  return countTakeable({ redis, keys, queue: queueNames.synthesis });
};

it("counts what waits, with a priority or without, and not what is delayed", async () => {
  await bull.add("a", {});
  await bull.add("b", {}, { priority: 2 });
  await bull.add("c", {}, { delay: 60_000 });

  expect(await count()).toBe(2);
});

it("counts nothing in a paused queue, and all again once it is resumed", async () => {
  await bull.add("a", {}, { priority: 2 });

  await bull.pause();
  expect(await count()).toBe(0);

  await bull.resume();
  expect(await count()).toBe(1);
});
