import { describe, expect, it } from "@jest/globals";
import { AppError } from "@herald/shared/errors";
import type { KeyOwner } from "@herald/platform/redis/keys";
import { fakeEndpoints } from "../testing/fake-endpoints.ts";
import { setupApp, SIGNING_KEY } from "../testing/setup-app.ts";

const PATH = "/v1/webhook-endpoints";
const URL_GIVEN = "https://receiver.example/hook";

interface EndpointView {
  readonly endpoint_id: string;
  readonly events: readonly string[];
}

interface ErrorView {
  readonly error: { readonly code: string; readonly param: string | null };
}

const endpointOf = ({ body }: { body: unknown }) => body as EndpointView;
const listOf = ({ body }: { body: unknown }) => (body as { data: EndpointView[] }).data;
const errorOf = ({ body }: { body: unknown }) => (body as ErrorView).error;

function manyHeaders(count: number, value = "v") {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`X-${i}`, value]));
}

function setup(...overrides: Parameters<typeof setupApp>) {
  const { api, key, addKey } = setupApp(...overrides);
  const as = (authorization: string) => ({
    create: (body: object) => api.post(PATH).auth(authorization, { type: "bearer" }).send(body),
    list: () => api.get(PATH).auth(authorization, { type: "bearer" }),
    find: (id: string) => api.get(`${PATH}/${id}`).auth(authorization, { type: "bearer" }),
    update: (id: string, body: object) =>
      api.patch(`${PATH}/${id}`).auth(authorization, { type: "bearer" }).send(body),
    remove: (id: string) => api.delete(`${PATH}/${id}`).auth(authorization, { type: "bearer" }),
  });
  return { as, me: as(key), addKey };
}

describe("POST /v1/webhook-endpoints", () => {
  it("makes an endpoint that wants every event unless told otherwise", async () => {
    const { me } = setup();

    const made = await me.create({ url: URL_GIVEN });

    expect(made.status).toBe(201);
    expect(made.headers["location"]).toBe(`${PATH}/${endpointOf(made).endpoint_id}`);
    expect(made.body).toMatchObject({ url: URL_GIVEN, enabled: true, description: "" });
    expect(endpointOf(made).events).toContain("job.completed");
    const { secret, ...shownAgain } = made.body as EndpointView & { secret: string };
    expect(secret).toMatch(/^whsec_/);
    expect(listOf(await me.list())).toEqual([shownAgain]);
    expect((await me.find(endpointOf(made).endpoint_id)).body).toEqual(shownAgain);
  });

  it.each([
    [{}, "url"],
    [{ url: 1 }, "url"],
    [{ url: URL_GIVEN, events: ["job.exploded"] }, "events.0"],
    [{ url: URL_GIVEN, events: [] }, "events"],
    [{ url: URL_GIVEN, enabled: "yes" }, "enabled"],
    [{ url: URL_GIVEN, description: "x".repeat(501) }, "description"],
    [{ url: URL_GIVEN, colour: "red" }, "colour"],
    [{ url: URL_GIVEN, secret: "whsec_mine" }, "secret"],
    [{ url: URL_GIVEN, retry_delays: [1, 2, 3, 4] }, "retry_delays"],
    [{ url: URL_GIVEN, retry_delays: [3601] }, "retry_delays.0"],
    [{ url: URL_GIVEN, retry_delays: [0] }, "retry_delays.0"],
    [{ url: URL_GIVEN, retry_delays: ["5s"] }, "retry_delays.0"],
    [{ url: URL_GIVEN, headers: { "X-A": "1\r\nX-B: 2" } }, "headers.X-A"],
    [{ url: URL_GIVEN, headers: { "X-A\n": "1" } }, "headers.X-A\n"],
    [{ url: URL_GIVEN, headers: { "X-A": "" } }, "headers.X-A"],
    [{ url: URL_GIVEN, headers: { "X-A": "caf\u00e9" } }, "headers.X-A"],
    [{ url: URL_GIVEN, headers: { Host: "other.example" } }, "headers.Host"],
    [{ url: URL_GIVEN, headers: { "Content-Length": "0" } }, "headers.Content-Length"],
    [{ url: URL_GIVEN, headers: { "Transfer-Encoding": "chunked" } }, "headers.Transfer-Encoding"],
    [{ url: URL_GIVEN, headers: { "Webhook-Signature": "v1,forged" } }, "headers.Webhook-Signature"],
    [{ url: URL_GIVEN, headers: { "X-Webhook-Attempt": "1" } }, "headers.X-Webhook-Attempt"],
    [{ url: URL_GIVEN, headers: { "X-A": "1", "x-a": "2" } }, "headers"],
    [{ url: URL_GIVEN, headers: { "X-A": "y".repeat(1025) } }, "headers.X-A"],
    [{ url: URL_GIVEN, headers: manyHeaders(5, "y".repeat(1000)) }, "headers"],
    [{ url: URL_GIVEN, headers: manyHeaders(21) }, "headers"],
    [{ url: URL_GIVEN, headers: { "X-A": "********" } }, "headers.X-A"],
  ])("refuses %j, naming %s", async (body, param) => {
    const { me } = setup({ bodyLimitBytes: 10_000 });

    const refused = await me.create(body);

    expect([refused.status, errorOf(refused).param]).toEqual([400, param]);
    expect(listOf(await me.list())).toEqual([]);
  });

  it("refuses a URL that may not be called, in the words of its own field", async () => {
    const { me } = setup({
      parseWebhookUrl() {
        throw new AppError("blocked_address", "webhook_url leads to 10.0.0.1", { param: "webhook_url" });
      },
    });

    const refused = await me.create({ url: "https://10.0.0.1/" });

    expect(refused.status).toBe(400);
    expect(errorOf(refused)).toMatchObject({
      code: "blocked_address",
      param: "url",
      message: "url leads to 10.0.0.1",
    });
  });

  it("answers 409 to one more than there may be, and keeps no key for it", async () => {
    const tooMany = new AppError("too_many_endpoints", "there are 20 endpoints", { param: "url" });
    const owners: KeyOwner[] = [];
    const { me } = setup({
      endpoints: { ...fakeEndpoints(), create: () => Promise.reject(tooMany) },
      signingKeys: {
        list: () => Promise.resolve([]),
        rotate(owner, { version }) {
          owners.push(owner);
          return Promise.resolve({ key: { ...SIGNING_KEY, version }, previousExpiresAt: null });
        },
        remove(owner) {
          owners.splice(owners.indexOf(owner), 1);
          return Promise.resolve();
        },
      },
    });

    const refused = await me.create({ url: URL_GIVEN });

    expect(refused.status).toBe(409);
    expect(errorOf(refused)).toMatchObject({ code: "too_many_endpoints", param: "url" });
    expect(owners).toEqual([]);
  });
});

describe("PATCH /v1/webhook-endpoints/{endpoint_id}", () => {
  it("changes what is named, and leaves the rest", async () => {
    const { me } = setup();
    const headers = { Authorization: "Basic abc" };
    const made = await me.create({ url: URL_GIVEN, headers, retry_delays: [5] });

    const changed = await me.update(endpointOf(made).endpoint_id, { description: "new", enabled: false });

    expect(changed.status).toBe(200);
    expect(changed.body).toEqual({
      ...endpointOf(made),
      secret: undefined,
      description: "new",
      enabled: false,
      disabled_reason: "paused",
      headers: { Authorization: "********" },
      retry_delays: [5],
    });
    expect((await me.find(endpointOf(made).endpoint_id)).body).toEqual(changed.body);
  });

  it.each([
    [{ enabled: null }, "enabled"],
    [{ url: 7 }, "url"],
    [{ endpoint_id: "we_1" }, "endpoint_id"],
    [{ headers: { Host: "h" } }, "headers.Host"],
  ])("refuses %j, naming %s, and changes nothing", async (body, param) => {
    const { me } = setup();
    const { endpoint_id } = endpointOf(await me.create({ url: URL_GIVEN }));
    const before = await me.find(endpoint_id);

    const refused = await me.update(endpoint_id, body);

    expect([refused.status, errorOf(refused).param]).toEqual([400, param]);
    expect((await me.find(endpoint_id)).body).toEqual(before.body);
  });
});

describe("a tenant's endpoint", () => {
  it("is not there for another tenant, whatever is asked of it", async () => {
    const { me, as, addKey } = setup();
    const { endpoint_id } = endpointOf(await me.create({ url: URL_GIVEN }));
    const stranger = as(addKey("consumer", "umbrella"));

    expect((await stranger.find(endpoint_id)).status).toBe(404);
    expect((await stranger.remove(endpoint_id)).status).toBe(404);
    expect((await stranger.update(endpoint_id, { enabled: false })).status).toBe(404);
    expect(listOf(await stranger.list())).toEqual([]);
    expect((await me.find(endpoint_id)).status).toBe(200);
  });

  it("can be looked at by a viewer, and not changed", async () => {
    const { me, as, addKey } = setup();
    const { endpoint_id } = endpointOf(await me.create({ url: URL_GIVEN }));
    const viewer = as(addKey("viewer"));

    expect((await viewer.find(endpoint_id)).status).toBe(200);
    expect(errorOf(await viewer.create({ url: URL_GIVEN })).code).toBe("read_only_key");
    expect(errorOf(await viewer.remove(endpoint_id)).code).toBe("read_only_key");
    expect(errorOf(await viewer.update(endpoint_id, {})).code).toBe("read_only_key");
  });

  it("is deleted once", async () => {
    const { me } = setup();
    const { endpoint_id } = endpointOf(await me.create({ url: URL_GIVEN }));

    expect((await me.remove(endpoint_id)).status).toBe(204);
    expect(errorOf(await me.remove(endpoint_id))).toMatchObject({
      code: "endpoint_not_found",
      param: "endpoint_id",
    });
  });
});
