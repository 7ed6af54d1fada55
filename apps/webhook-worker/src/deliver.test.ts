import { describe, expect, it } from "@jest/globals";
import type { KeyOwner } from "@herald/platform/redis/keys";
import type { AttemptOutcome } from "@herald/webhooks/deliveries/attempt-outcome";
import type { Delivery } from "@herald/webhooks/deliveries/delivery-record";
import type { Endpoint } from "@herald/webhooks/endpoints/endpoint-record";
import type { EndpointChange } from "@herald/webhooks/health/judge-streak";
import type { Observation } from "@herald/webhooks/limiter/endpoint-limiter";
import type { SendResult } from "./http/send-webhook.ts";
import { answered, unanswered } from "../../../tests/support/send-results.ts";
import { deliver, outcomeOf, type DeliverDeps } from "./deliver.ts";
import type { HeldPermit } from "./with-permit.ts";

const NOW = new Date("2026-01-02T03:04:05.678Z");
const DELIVERY: Delivery = {
  deliveryId: "evt_1",
  eventId: "evt_1",
  endpointId: "url_1",
  jobId: "job-1",
  tenant: "acme",
  type: "job.completed",
  url: "https://receiver.example/hook",
  body: '{"type":"job.completed"}',
  status: "pending",
  createdAt: NOW,
  dueSince: NOW,
  nextAttemptAt: null,
  reason: null,
  requestId: "req-1",
  earlierAttempts: 0,
  attemptsMade: 0,
};
const OK: SendResult = answered(200, { durationMs: 12.3 });
const REFUSED: SendResult = answered(500);

const ENDPOINT: Endpoint = {
  endpointId: "we_019ab0c1-0000-7000-8000-000000000000",
  tenant: "acme",
  url: "https://endpoint.example/moved",
  events: ["job.completed"],
  description: "",
  headers: { "X-Gateway": "letmein" },
  retryDelaysMs: [50_000],
  enabled: true,
  disabledReason: null,
  failingSince: null,
  state: "enabled",
  createdAt: NOW,
};
const TO_ENDPOINT: Delivery = { ...DELIVERY, endpointId: ENDPOINT.endpointId };

const CHANGE: EndpointChange = { kind: "disabled", reason: "gone" };

interface Sent {
  url: string;
  headers: Readonly<Record<string, string>>;
  body: Buffer;
}

function setup(result: SendResult, found: Delivery | null = DELIVERY, endpoint: Endpoint | null = null) {
  const sent: Sent[] = [];
  const aside: string[] = [];
  const said: string[] = [];
  const owners: KeyOwner[] = [];
  const recorded: AttemptOutcome[] = [];
  const observations: Observation[] = [];
  const deps: DeliverDeps = {
    deliveries: {
      park: () => {
        aside.push("parked");
        return Promise.resolve("applied");
      },
      giveUp: (_delivery, reason) => {
        aside.push(reason);
        return Promise.resolve("applied");
      },
    },
    health: {
      failed: ({ endpointId }, { attempt, isGone }) => {
        said.push(`${endpointId} ${isGone ? "gone" : "failed"} in attempt ${attempt.attempt}`);
        return Promise.resolve(CHANGE);
      },
      delivered: ({ endpointId }) => {
        said.push(`${endpointId} delivered`);
        return Promise.resolve();
      },
    },
    sender: {
      send: (request) => {
        sent.push(request);
        return Promise.resolve(result);
      },
    },
    signingKeys: {
      of(owner) {
        owners.push(owner);
        return Promise.resolve({ keys: [Buffer.alloc(32, 1)], privateKeys: [] });
      },
    },
    userAgent: "Herald-Webhooks/test",
    retry: { delaysMs: [2000, 4000, 8000], jitterPercent: null, random: () => 0 },
    now: () => NOW,
  };
  const permit: HeldPermit = {
    delivery: found,
    endpoint,
    release: (observation, outcome) => {
      observations.push(observation);
      recorded.push(outcome);
      return Promise.resolve("applied");
    },
  };
  const run = (number: number, signal = new AbortController().signal) =>
    deliver({ number, permit }, deps, signal);
  return { run, sent, recorded, observations, aside, said, owners };
}

describe("deliver", () => {
  it("sends the frozen bytes under the event's id, with this attempt's number and time", async () => {
    const { run, sent } = setup(OK);

    await run(2);

    expect(sent[0]?.body.toString()).toBe(DELIVERY.body);
    expect(sent[0]?.headers).toMatchObject({
      "webhook-id": "evt_1",
      "webhook-timestamp": "1767323045",
      "x-webhook-event": "job.completed",
      "x-webhook-attempt": "2",
    });
  });

  it("settles the delivery on a 2xx", async () => {
    const { run, recorded } = setup(OK);

    const report = await run(1);

    expect(outcomeOf(report)).toEqual({ kind: "done" });
    expect(recorded[0]).toMatchObject({
      status: "delivered",
      nextAttemptAt: null,
      attempt: { attempt: 1, status_code: 200, error_class: null, duration_ms: 12 },
    });
  });

  it("says when it will try again after a failure", async () => {
    const { run, recorded } = setup(REFUSED);

    const report = await run(2);

    expect(outcomeOf(report)).toEqual({ kind: "retry", reason: "status 500", delayMs: 4000 });
    expect(recorded[0]).toMatchObject({ status: "pending", nextAttemptAt: new Date(NOW.getTime() + 4000) });
  });

  it("waits as long as the receiver asks for", async () => {
    const { run, recorded } = setup(answered(503, { retryAfter: "60" }));

    expect(outcomeOf(await run(1))).toMatchObject({ kind: "retry", delayMs: 60_000 });
    expect(recorded[0]).toMatchObject({ nextAttemptAt: new Date(NOW.getTime() + 60_000) });
  });

  it("tells those who come after it how the endpoint did", async () => {
    const { run, observations } = setup(answered(503, { retryAfter: "60" }));

    await run(1);

    expect(observations).toEqual([{ verdict: "failed", pauseMs: null }]);
  });

  it("does not follow a redirect: it is a failure like any other", async () => {
    const { run } = setup(answered(302));

    expect(outcomeOf(await run(1))).toMatchObject({ kind: "retry" });
  });

  it.each([
    ["the last attempt failed", REFUSED, 4],
    ["the receiver is gone", answered(410), 1],
    ["the address is one we do not call", unanswered("blocked_address"), 1],
  ])("gives up when %s", async (_reason, result, number) => {
    const { run, recorded } = setup(result);

    expect(outcomeOf(await run(number))).toMatchObject({ kind: "give_up" });

    expect(recorded[0]).toMatchObject({ status: "failed", nextAttemptAt: null });
  });

  it("ends that delivery alone when a job's own URL answers 410", async () => {
    const { run, said } = setup(answered(410));

    expect(await run(1)).toMatchObject({ verdict: "give_up", change: null });

    expect(said).toEqual([]);
  });

  it("counts no attempt when it was interrupted by a stop", async () => {
    const { run, recorded } = setup(unanswered("timeout"));

    const report = await run(1, AbortSignal.abort());

    expect(outcomeOf(report)).toEqual({ kind: "hand_back" });
    expect(recorded).toEqual([]);
  });

  it("sends nothing for a delivery that is settled, or gone", async () => {
    const settled = setup(OK, { ...DELIVERY, status: "delivered" });
    const gone = setup(OK, null);

    expect(outcomeOf(await settled.run(1))).toEqual({ kind: "done" });
    expect(outcomeOf(await gone.run(1))).toEqual({ kind: "done" });

    expect([...settled.sent, ...gone.sent]).toEqual([]);
  });
});

describe("a delivery to an endpoint", () => {
  it("goes to the URL that the endpoint has now, and says so", async () => {
    const { run, sent, recorded } = setup(OK, TO_ENDPOINT, ENDPOINT);

    expect(await run(1)).toMatchObject({ url: ENDPOINT.url });

    expect(sent.map(({ url }) => url)).toEqual([ENDPOINT.url]);
    expect(recorded.map(({ attempt }) => attempt.url)).toEqual([ENDPOINT.url]);
  });

  it("says the URL once where it is that of the delivery", async () => {
    const { run, recorded } = setup(OK, { ...TO_ENDPOINT, url: ENDPOINT.url }, ENDPOINT);

    await run(1);

    expect(recorded.map(({ attempt }) => attempt.url)).toEqual([null]);
  });

  it("carries the endpoint's headers beside Herald's", async () => {
    const { run, sent } = setup(OK, TO_ENDPOINT, ENDPOINT);

    await run(1);

    expect(sent[0]?.headers).toMatchObject({ "X-Gateway": "letmein", "webhook-id": "evt_1" });
  });

  it("is signed with the endpoint's own keys", async () => {
    const { run, owners } = setup(OK, TO_ENDPOINT, ENDPOINT);

    await run(1);

    expect(owners).toEqual([{ tenant: "acme", endpointId: ENDPOINT.endpointId }]);
  });

  it("follows the endpoint's own schedule to its end, and varies that although the operator's is exact", async () => {
    const { run, recorded } = setup(REFUSED, TO_ENDPOINT, ENDPOINT);

    expect(outcomeOf(await run(1))).toMatchObject({ kind: "retry", delayMs: 40_000 });
    expect(outcomeOf(await run(2))).toMatchObject({ kind: "give_up" });

    expect(recorded.map(({ status }) => status)).toEqual(["pending", "failed"]);
  });

  it.each([
    ["gone", answered(410), "give_up"],
    ["failed", answered(404), "retry"],
    ["failed", answered(429), "retry"],
    ["failed", unanswered("connect"), "retry"],
    ["failed", unanswered("blocked_address"), "give_up"],
  ])("says that its endpoint %s for %j, and what became of it", async (what, result, verdict) => {
    const { run, recorded, said } = setup(result, TO_ENDPOINT, ENDPOINT);

    expect(await run(1)).toMatchObject({ verdict, change: CHANGE });

    expect(recorded).toHaveLength(1);
    expect(said).toEqual([`${ENDPOINT.endpointId} ${what} in attempt 1`]);
  });

  it("says that its endpoint takes what it is sent", async () => {
    const { run, said } = setup(OK, TO_ENDPOINT, ENDPOINT);

    expect(await run(1)).toMatchObject({ verdict: "delivered", change: null });

    expect(said).toEqual([`${ENDPOINT.endpointId} delivered`]);
  });

  it("says nothing of its endpoint when it was interrupted by a stop", async () => {
    const { run, said } = setup(unanswered("timeout"), TO_ENDPOINT, ENDPOINT);

    await run(1, AbortSignal.abort());

    expect(said).toEqual([]);
  });

  it("is parked, without an attempt, while the endpoint is disabled", async () => {
    const { run, sent, recorded, aside } = setup(OK, TO_ENDPOINT, { ...ENDPOINT, enabled: false });

    const report = await run(1);

    expect(outcomeOf(report)).toEqual({ kind: "done" });
    expect(report).toMatchObject({ kind: "put_aside", aside: { kind: "park", reason: "endpoint_disabled" } });

    expect([sent, recorded, aside]).toEqual([[], [], ["parked"]]);
  });

  it("is given up, without an attempt, once the endpoint is deleted", async () => {
    const { run, sent, recorded, aside } = setup(OK, TO_ENDPOINT, null);

    const report = await run(1);

    expect(outcomeOf(report)).toEqual({ kind: "done" });
    expect(report).toMatchObject({
      kind: "put_aside",
      aside: { kind: "give_up", reason: "endpoint_deleted" },
    });

    expect([sent, recorded, aside]).toEqual([[], [], ["endpoint_deleted"]]);
  });
});
