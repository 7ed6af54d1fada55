import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { openTestDeployment, type TestDeployment } from "../../../../tests/support/test-redis.ts";
import { createLimitTests } from "./limit-tests.ts";

let deployment: TestDeployment;

beforeEach(() => {
  deployment = openTestDeployment();
});
afterEach(() => deployment.close());

it("allows a tenant ten tests a minute, over all processes, and others theirs", async () => {
  const open = () => createLimitTests(deployment.redis, deployment.keys);
  const [here, there] = [open(), open()];

  for (let i = 0; i < 5; i++) expect([await here("acme"), await there("acme")]).toEqual([null, null]);

  const refusal = await here("acme");
  expect(refusal?.retryAfterSeconds).toBeGreaterThan(0);
  expect(refusal?.retryAfterSeconds).toBeLessThanOrEqual(60);
  expect(await there("acme")).not.toBeNull();
  expect(await there("umbrella")).toBeNull();
});
