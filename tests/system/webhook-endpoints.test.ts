import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { startHerald, type Herald } from "../support/herald.ts";
import { startReceiver, type ReceivedRequest, type ReceiverOptions } from "../support/receiver.ts";
import { waitFor } from "../support/wait.ts";
import { isVerifiedBy, verifyEvent } from "../support/webhooks.ts";

type Receiver = Awaited<ReturnType<typeof startReceiver>>;

interface EndpointView {
  readonly endpoint_id: string;
  readonly secret: string;
  readonly enabled: boolean;
  readonly disabled_reason: string | null;
}

interface DeliveryView {
  readonly event_id: string;
  readonly url: string;
  readonly status: string;
  readonly attempts: readonly { readonly status_code: number | null; readonly url: string | null }[];
}

describe("the endpoints of a tenant", () => {
  let herald: Herald;
  const receivers: Receiver[] = [];
  const made: string[] = [];

  beforeAll(async () => {
    herald = await startHerald({ env: { RECONCILE_INTERVAL: "1s" } });
  }, 60_000);

  afterAll(async () => {
    await herald.stop();
    await Promise.all(receivers.map((receiver) => receiver.stop()));
  }, 60_000);

  async function openReceiver(options: ReceiverOptions = {}): Promise<Receiver> {
    const receiver = await startReceiver(options);
    receivers.push(receiver);
    return receiver;
  }

  async function call<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await herald.client.request(path, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    expect(response.ok).toBe(true);
    return (response.status === 204 ? null : await response.json()) as T;
  }

  const endpointPath = (id: string) => `/v1/webhook-endpoints/${id}`;

  async function openEndpoint(receiver: Receiver, more: object = {}): Promise<EndpointView> {
    const endpoint = await call<EndpointView>("POST", "/v1/webhook-endpoints", {
      url: receiver.url,
      ...more,
    });
    made.push(endpoint.endpoint_id);
    return endpoint;
  }

  const deliveriesTo = async ({ endpoint_id }: EndpointView) =>
    (await call<{ data: readonly DeliveryView[] }>("GET", `/v1/deliveries?endpoint=${endpoint_id}`)).data;

  afterEach(async () => {
    await Promise.all(made.splice(0).map((id) => call("DELETE", endpointPath(id))));
  });

  const contentOf = ({ body }: ReceivedRequest) =>
    JSON.parse(body.toString()) as { type: string; data: Record<string, unknown> };

  const speak = (more: object = {}) => herald.client.submit({ text: "Hello.", format: "wav", ...more });

  it("are told of a job beside its own URL: the same bytes under one id, each signed with its own key", async () => {
    const [own, first, second] = await Promise.all([openReceiver(), openReceiver(), openReceiver()]);
    const endpoints = [
      await openEndpoint(first),
      await openEndpoint(second, { headers: { "x-gateway": "let me in" } }),
    ] as const;

    const job = await speak({ webhook_url: own.url });
    await Promise.all(
      [own, first, second].map((receiver) => receiver.waitForCount(1, { timeoutMs: 30_000 })),
    );

    const [toOwn, toFirst, toSecond] = [own, first, second].map(({ requests }) => requests[0]);
    if (!toOwn || !toFirst || !toSecond) throw new Error("a delivery is missing");
    const events = [
      verifyEvent(toOwn, herald.webhookSecret),
      verifyEvent(toFirst, endpoints[0].secret),
      verifyEvent(toSecond, endpoints[1].secret),
    ];
    expect(events.map((event) => [event.type, event.job.job_id])).toEqual(
      events.map(() => ["job.completed", job.job_id]),
    );
    expect(new Set(events.map(({ id }) => id)).size).toBe(1);
    expect(new Set([toOwn, toFirst, toSecond].map(({ body }) => body.toString())).size).toBe(1);
    expect(isVerifiedBy(toFirst, herald.webhookSecret)).toBe(false);
    expect(isVerifiedBy(toFirst, endpoints[1].secret)).toBe(false);
    expect([toFirst, toSecond].map(({ headers }) => headers["x-gateway"])).toEqual([undefined, "let me in"]);
  }, 60_000);

  it("are told only of the events that they want", async () => {
    const [all, failures] = await Promise.all([openReceiver(), openReceiver()]);
    await openEndpoint(all);
    const endpoint = await openEndpoint(failures, { events: ["job.failed"] });

    await speak();
    await all.waitForCount(1, { timeoutMs: 30_000 });

    // All deliveries of an event are recorded in one step: once one has come, no other will be added.
    expect(await deliveriesTo(endpoint)).toEqual([]);
    expect(failures.requests).toEqual([]);
  }, 60_000);

  it("go on being told at the address that they moved to, also of what waits for a retry", async () => {
    const [down, up] = await Promise.all([
      openReceiver({ respond: () => ({ status: 500 }) }),
      openReceiver(),
    ]);
    const endpoint = await openEndpoint(down, { retry_delays: [3, 3, 3] });
    await speak();
    await down.waitForCount(1, { timeoutMs: 30_000 });

    await call("PATCH", endpointPath(endpoint.endpoint_id), { url: up.url });
    await up.waitForCount(1, { timeoutMs: 30_000 });

    const [request] = up.requests;
    if (request === undefined) throw new Error("no delivery came");
    expect(verifyEvent(request, endpoint.secret).type).toBe("job.completed");
    await waitFor(async () => (await deliveriesTo(endpoint))[0]?.status === "delivered", {
      what: "the delivery to be settled",
    });
    const [delivery] = await deliveriesTo(endpoint);
    expect(delivery?.url).toBe(down.url);
    expect(delivery?.attempts).toMatchObject([
      { status_code: 500, url: null },
      { status_code: 204, url: up.url },
    ]);
  }, 60_000);

  it("are disabled by 410, once, without harm to the others", async () => {
    const [leaving, staying] = await Promise.all([
      openReceiver({ respond: () => ({ status: 410 }) }),
      openReceiver(),
    ]);
    const endpoint = await openEndpoint(leaving);
    await openEndpoint(staying, { events: ["job.completed"] });

    await speak();
    const view = () => call<EndpointView>("GET", endpointPath(endpoint.endpoint_id));
    await waitFor(async () => !(await view()).enabled, {
      timeoutMs: 30_000,
      what: "the endpoint to be disabled",
    });
    await speak();
    await staying.waitForCount(2, { timeoutMs: 30_000 });

    expect(await view()).toMatchObject({ enabled: false, disabled_reason: "gone" });
    expect(leaving.requests).toHaveLength(1);
    expect((await deliveriesTo(endpoint)).map(({ status }) => status).sort()).toEqual(["failed", "parked"]);
  }, 60_000);

  it("are told when another one is disabled, and are sent what they missed once they are enabled again", async () => {
    let isGone = true;
    const [shop, alerting] = await Promise.all([
      openReceiver({ respond: () => ({ status: isGone ? 410 : 204 }) }),
      openReceiver(),
    ]);
    const endpoint = await openEndpoint(shop, { events: ["job.completed"] });
    const other = await openEndpoint(alerting, { events: ["webhook_endpoint.disabled"] });
    const state = { endpoint_id: endpoint.endpoint_id, disabled_reason: "gone" };

    const { job_id } = await speak();
    await alerting.waitForCount(1, { timeoutMs: 30_000 });
    const [told] = alerting.requests;
    if (told === undefined) throw new Error("nobody was told");
    verifyEvent(told, other.secret);
    expect(contentOf(told)).toMatchObject({ type: "webhook_endpoint.disabled", data: state });
    expect(await herald.client.job(job_id)).toMatchObject({
      webhook: { endpoints: [{ ...state, state: "disabled" }] },
    });

    const missed = await Promise.all([speak(), speak()]);
    await Promise.all(missed.map((job) => herald.client.ended(job.job_id)));
    expect(shop.requests).toHaveLength(1);
    isGone = false;
    await call("PATCH", endpointPath(endpoint.endpoint_id), { enabled: true });
    await shop.waitForCount(3, { timeoutMs: 30_000 });

    const caughtUp = shop.requests.slice(1).map((request) => verifyEvent(request, endpoint.secret));
    expect(caughtUp.map(({ job }) => job.job_id).sort()).toEqual(missed.map((job) => job.job_id).sort());
    await waitFor(async () => (await deliveriesTo(endpoint)).every(({ status }) => status !== "parked"), {
      what: "no delivery to be parked",
    });
  }, 90_000);

  it("are tested with an example of each event, signed with their own key", async () => {
    const receiver = await openReceiver();
    const endpoint = await openEndpoint(receiver);

    const path = `${endpointPath(endpoint.endpoint_id)}/test`;
    const { data } = await call<{ data: readonly { type: string }[] }>("POST", path);
    await receiver.waitForCount(data.length, { timeoutMs: 30_000 });

    for (const request of receiver.requests) verifyEvent(request, endpoint.secret);
    const received = receiver.requests.map(contentOf);
    expect(received.map(({ type }) => type).sort()).toEqual(data.map(({ type }) => type).sort());
    expect(received.filter((event) => event.data["test"] !== true)).toEqual([]);
    expect(data.length).toBeGreaterThanOrEqual(5);
  }, 60_000);

  it("show their secrets nowhere but in the answer that made them", async () => {
    const receiver = await openReceiver();
    const header = "a token that nobody else may read";
    const { secret, endpoint_id } = await openEndpoint(receiver, { headers: { authorization: header } });
    await speak();
    await receiver.waitForCount(1, { timeoutMs: 30_000 });

    const answers = await Promise.all(
      [endpointPath(endpoint_id), "/v1/webhook-endpoints", "/v1/deliveries"].map(async (path) =>
        (await herald.client.request(path)).text(),
      ),
    );
    const logs = [herald.api, herald.webhookWorker, herald.housekeeper].map((app) => app.output());
    const shown = [...answers, ...logs].join("");
    expect(shown).toContain(endpoint_id);
    expect(shown).not.toContain(secret.slice("whsec_".length));
    expect(shown).not.toContain(header);
  }, 60_000);
});
