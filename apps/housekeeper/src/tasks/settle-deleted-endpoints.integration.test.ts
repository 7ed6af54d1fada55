import { afterEach, beforeEach, expect, it } from "@jest/globals";
import type { Endpoint } from "@herald/webhooks/endpoints/endpoint-record";
import { openTestHousekeeping, type TestHousekeeping } from "../../../../tests/support/test-housekeeping.ts";
import { deliveryTo } from "../../../../tests/support/test-store.ts";
import { settleDeletedEndpoints } from "./settle-deleted-endpoints.ts";

let house: TestHousekeeping;

beforeEach(async () => {
  house = await openTestHousekeeping();
});
afterEach(() => house.close());

const now = () => new Date(Date.now() + 1000);
const settle = () => settleDeletedEndpoints({ ...house, deliveryQueue: house.webhooks, now });
const withoutUrl = { request: { webhookUrl: null } };
const remove = ({ tenant, endpointId }: Endpoint) => house.endpoints.remove(tenant, endpointId, new Date());
const listed = () => house.redis.zcard(house.keys.deletedEndpoints);

it("gives up what was on its way to a deleted endpoint and what was parked for it, and nothing else", async () => {
  const gone = await house.addEndpoint();
  const paused = await house.addEndpoint({ enabled: false });
  const standing = await house.addEndpoint();
  const job = await house.completed(withoutUrl);
  await remove(gone);
  await remove(paused);

  expect(await settle()).toBe(2);

  for (const endpoint of [gone, paused]) {
    const delivery = await house.deliveries.find(deliveryTo(endpoint, job));
    expect(delivery).toMatchObject({ status: "failed", reason: "endpoint_deleted" });
    expect(await house.webhooks.statesOf([deliveryTo(endpoint, job).deliveryId])).toEqual(["missing"]);
  }
  expect(await house.deliveries.find(deliveryTo(standing, job))).toMatchObject({ status: "pending" });
  expect(await listed()).toBe(0);
});

it("leaves what it could not settle to the next run, and forgets what has no record any more", async () => {
  const endpoint = await house.addEndpoint();
  const job = await house.completed(withoutUrl);
  const key = house.keys.delivery(job.tenant, deliveryTo(endpoint, job).deliveryId);
  await remove(endpoint);
  await house.redis.hset(key, "status", "lost");

  expect(await settle()).toBe(0);
  expect([house.faults.length, await listed()]).toEqual([1, 1]);

  await house.redis.del(key);
  await settle();
  expect(await listed()).toBe(0);
});
