import { describe, expect, it } from "@jest/globals";
import { AppError } from "@herald/shared/errors";
import { setupApp } from "../testing/setup-app.ts";

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

function setup(...overrides: Parameters<typeof setupApp>) {
  const { api, key, addKey } = setupApp(...overrides);
  const as = (authorization: string) => ({
    create: (body: object) => api.post(PATH).auth(authorization, { type: "bearer" }).send(body),
    list: () => api.get(PATH).auth(authorization, { type: "bearer" }),
    find: (id: string) => api.get(`${PATH}/${id}`).auth(authorization, { type: "bearer" }),
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
    expect(listOf(await me.list())).toEqual([made.body]);
    expect((await me.find(endpointOf(made).endpoint_id)).body).toEqual(made.body);
  });

  it.each([
    [{}, "url"],
    [{ url: 1 }, "url"],
    [{ url: URL_GIVEN, events: ["job.exploded"] }, "events.0"],
    [{ url: URL_GIVEN, events: [] }, "events"],
    [{ url: URL_GIVEN, enabled: "yes" }, "enabled"],
    [{ url: URL_GIVEN, description: "x".repeat(501) }, "description"],
    [{ url: URL_GIVEN, colour: "red" }, "colour"],
  ])("refuses %j, naming %s", async (body, param) => {
    const { me } = setup();

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
});

describe("a tenant's endpoint", () => {
  it("is not there for another tenant, whatever is asked of it", async () => {
    const { me, as, addKey } = setup();
    const { endpoint_id } = endpointOf(await me.create({ url: URL_GIVEN }));
    const stranger = as(addKey("consumer", "umbrella"));

    expect((await stranger.find(endpoint_id)).status).toBe(404);
    expect((await stranger.remove(endpoint_id)).status).toBe(404);
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
