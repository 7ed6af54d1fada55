import { afterEach, beforeEach, expect, it } from "@jest/globals";
import {
  audioOf,
  deliveryTo,
  openTestStore,
  TENANT,
  type TestStore,
} from "../../../../tests/support/test-store.ts";
import { endpointEvents } from "@herald/shared/jobs/job";
import { complete } from "@herald/shared/jobs/status";
import type { Delivery } from "@herald/webhooks/deliveries/delivery-record";
import { createSendExamples, type SendExamples } from "./send-examples.ts";

const LINKS = { audioUrl: () => "https://herald.test/audio" };

let store: TestStore;
let sendExamples: SendExamples;

beforeEach(() => {
  store = openTestStore();
  sendExamples = createSendExamples({
    redis: store.redis,
    keys: store.keys,
    deliveries: store.webhooks,
    links: LINKS,
    now: () => new Date(),
    onDeliveryDelayed: (error) => {
      throw error;
    },
  });
});
afterEach(() => store.close());

async function found(ids: readonly string[]): Promise<Delivery[]> {
  const deliveries = await Promise.all(
    ids.map((deliveryId) => store.deliveries.find({ tenant: TENANT, deliveryId })),
  );
  return deliveries.filter((delivery) => delivery !== null);
}
const dataOf = ({ body }: Delivery) => (JSON.parse(body) as { data: Record<string, unknown> }).data;
const keysOf = (data: Record<string, unknown>) => Object.keys(data).sort();

it("sends one example of each event that the endpoint wants, to it alone, as a delivery like any other", async () => {
  const endpoint = await store.addEndpoint({ events: endpointEvents });
  await store.addEndpoint({ events: endpointEvents });

  const ids = await sendExamples(endpoint, "req-9");

  const sent = await found(ids);
  expect(sent.map(({ type }) => type)).toEqual([...endpointEvents]);
  for (const delivery of sent) {
    const { endpointId, url } = endpoint;
    expect(delivery).toMatchObject({ endpointId, url, jobId: null, status: "pending", requestId: "req-9" });
    expect(dataOf(delivery)).toMatchObject({ test: true });
  }
  expect(new Set(sent.map(({ eventId }) => eventId)).size).toBe(endpointEvents.length);
  expect(new Set(await store.webhooks.statesOf(ids))).toEqual(new Set(["open"]));
  const members = ids.map((id) => `${TENANT}:${id}`);
  expect((await store.redis.zrange(store.keys.openDeliveries, "0", "-1")).sort()).toEqual(members.sort());
});

it("sends nothing else than the endpoint wants", async () => {
  const endpoint = await store.addEndpoint({ events: ["job.failed"] });

  const [sent, ...more] = await found(await sendExamples(endpoint, "req-9"));

  expect([sent?.type, more]).toEqual(["job.failed", []]);
});

it("makes an example of the same fields as a true event", async () => {
  const endpoint = await store.addEndpoint({ events: ["job.completed"] });
  const job = await store.createAndClaim({ request: { webhookUrl: null } });
  await store.finishJob(job, complete(job, { audio: audioOf(job), segments: 1 }, new Date()));

  const [example] = await found(await sendExamples(endpoint, "req-9"));
  const [real] = await found([deliveryTo(endpoint, job).deliveryId]);
  if (example === undefined || real === undefined) throw new Error("nothing was sent");

  const { test, ...data } = dataOf(example);
  expect(test).toBe(true);
  expect(keysOf(data)).toEqual(keysOf(dataOf(real)));
  expect(data).toMatchObject({ status: "completed", audio: { bytes: 57_678 }, sequence: 1 });
});

it("sends nothing to an endpoint that was disabled or deleted meanwhile", async () => {
  const paused = await store.addEndpoint();
  const gone = await store.addEndpoint();
  await store.endpoints.update(TENANT, paused.endpointId, { enabled: false });
  await store.endpoints.remove(TENANT, gone.endpointId, new Date());

  expect(await sendExamples(paused, "req-9")).toEqual([]);
  expect(await sendExamples(gone, "req-9")).toEqual([]);

  expect(await store.redis.zcard(store.keys.deliveries(TENANT))).toBe(0);
});
