import { afterEach, beforeEach, expect, it } from "@jest/globals";
import type { Job } from "@herald/shared/jobs/job";
import { redeliver } from "@herald/webhooks/deliveries/redeliver";
import type { Endpoint } from "@herald/webhooks/endpoints/endpoint-record";
import { createRecoveryStore } from "@herald/webhooks/recovery/recovery-store";
import { openTestHousekeeping, type TestHousekeeping } from "../../../../tests/support/test-housekeeping.ts";
import { deliveryTo, TENANT } from "../../../../tests/support/test-store.ts";
import { recoverDeliveries } from "./recover-deliveries.ts";
import { unparkDeliveries } from "./unpark-deliveries.ts";

let house: TestHousekeeping;

beforeEach(async () => {
  house = await openTestHousekeeping();
});
afterEach(() => house.close());

const now = () => new Date();
const resending = (perRun: number) => ({
  redeliver: (delivery: Parameters<typeof redeliver>[0]) =>
    redeliver(delivery, { ...house, queue: house.webhooks, now }),
  perRun,
  onFault: house.onFault,
});
const unpark = (perRun = 100) => unparkDeliveries({ ...house, ...resending(perRun) });
const jobs = async (count: number) => {
  const made: Job[] = [];
  for (let i = 0; i < count; i++) made.push(await house.completed({ request: { webhookUrl: null } }));
  return made;
};
const setEnabled = ({ tenant, endpointId }: Endpoint, enabled: boolean) =>
  house.endpoints.update(tenant, endpointId, { enabled });
const statuses = (endpoint: Endpoint, of: readonly Job[]) =>
  Promise.all(of.map(async (job) => (await house.deliveries.find(deliveryTo(endpoint, job)))?.status));
const listed = () => house.redis.zcard(house.keys.unparkingEndpoints);
const countParked = () => house.redis.scard(house.keys.parkedDeliveries);

it("sends what was parked once the endpoint is enabled, oldest first, a share with each run", async () => {
  const endpoint = await house.addEndpoint({ enabled: false });
  const parked = await jobs(3);
  expect(await unpark()).toBe(0);

  await setEnabled(endpoint, true);
  expect(await unpark(2)).toBe(2);
  expect(await statuses(endpoint, parked)).toEqual(["pending", "pending", "parked"]);
  expect([await listed(), await countParked()]).toEqual([1, 1]);

  expect(await unpark(2)).toBe(1);
  expect(await statuses(endpoint, parked)).toEqual(["pending", "pending", "pending"]);
  const ids = parked.map((job) => deliveryTo(endpoint, job).deliveryId);
  expect(await house.webhooks.statesOf(ids)).toEqual(["open", "open", "open"]);
  expect([await listed(), await countParked()]).toEqual([0, 0]);
});

it("leaves what is parked for others, and for one that is disabled again", async () => {
  const endpoint = await house.addEndpoint({ enabled: false });
  const other = await house.addEndpoint({ enabled: false });
  const parked = await jobs(1);
  await setEnabled(endpoint, true);
  await setEnabled(endpoint, false);

  expect(await unpark()).toBe(0);

  expect(await statuses(endpoint, parked)).toEqual(["parked"]);
  expect(await statuses(other, parked)).toEqual(["parked"]);
  expect([await listed(), await countParked()]).toEqual([0, 2]);
  await setEnabled(endpoint, true);
  expect(await unpark()).toBe(1);
});

it("sends what a worker parked that had seen the endpoint before it was enabled", async () => {
  const endpoint = await house.addEndpoint();
  const [job] = await jobs(1);
  if (job === undefined) throw new Error("no job");
  const delivery = await house.deliveries.find(deliveryTo(endpoint, job));
  if (delivery === null) throw new Error("no delivery");

  await house.deliveries.park(delivery, now());
  expect(await unpark()).toBe(1);

  expect(await statuses(endpoint, [job])).toEqual(["pending"]);
});

it("forgets what has no record any more", async () => {
  const endpoint = await house.addEndpoint({ enabled: false });
  const parked = await jobs(2);
  const [first] = parked;
  if (first === undefined) throw new Error("no job");
  await house.redis.del(house.keys.delivery(TENANT, deliveryTo(endpoint, first).deliveryId));
  await setEnabled(endpoint, true);

  expect(await unpark()).toBe(1);

  expect(await listed()).toBe(0);
  expect(house.faults).toEqual([]);
});

it("is not needed to have parked deliveries recovered, which skips those of a disabled endpoint", async () => {
  const enabled = await house.addEndpoint({ enabled: false });
  const disabled = await house.addEndpoint({ enabled: false });
  const parked = await jobs(2);
  await setEnabled(enabled, true);
  const recoveries = createRecoveryStore(house.redis, house.keys);
  const hour = 3_600_000;
  const ref = await recoveries.start(
    {
      tenant: TENANT,
      deliveryStatus: "parked",
      endpointId: null,
      createdAfter: new Date(Date.now() - hour),
      createdBefore: new Date(Date.now() + hour),
    },
    now(),
  );

  const onFault = () => undefined;
  await recoverDeliveries({ ...resending(100), recoveries, deliveries: house.deliveries, now, onFault });

  expect(await recoveries.find(ref)).toMatchObject({ status: "finished", redelivered: 2, skipped: 2 });
  expect(await statuses(enabled, parked)).toEqual(["pending", "pending"]);
  expect(await statuses(disabled, parked)).toEqual(["parked", "parked"]);
});
