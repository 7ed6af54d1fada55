import { verifyWebhook } from "@herald/client";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startHerald, type Herald } from "../support/herald.ts";
import { startReceiver, type ReceivedRequest } from "../support/receiver.ts";
import { waitFor } from "../support/wait.ts";
import { isVerifiedBy } from "../support/webhooks.ts";

/** Long enough for a job on a busy machine. */
const OVERLAP_SECONDS = 12;
const CACHED_MS = 1000;

interface RotationAnswer {
  readonly secret: string;
  readonly public_key: string;
  readonly previous_expires_at: string | null;
}

describe("the rotation of a signing key", () => {
  let herald: Herald;
  let receiver: Awaited<ReturnType<typeof startReceiver>>;

  beforeAll(async () => {
    [herald, receiver] = await Promise.all([startHerald(), startReceiver()]);
  }, 60_000);

  afterAll(async () => {
    await herald.stop();
    await receiver.stop();
  }, 60_000);

  async function rotate(body: object): Promise<RotationAnswer> {
    const response = await herald.client.request("/v1/webhook-keys/rotate", {
      method: "POST",
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(200);
    return (await response.json()) as RotationAnswer;
  }

  async function delivery(): Promise<ReceivedRequest> {
    const seen = receiver.requests.length;
    await herald.client.submit({ text: "Turn.", format: "wav", webhook_url: receiver.url });
    await receiver.waitForCount(seen + 1, { timeoutMs: 30_000 });
    const [request] = receiver.requests.slice(seen);
    if (request === undefined) throw new Error("no delivery came");
    return request;
  }

  async function openEndpoint(url: string): Promise<[endpointId: string, secret: string]> {
    const response = await herald.client.request("/v1/webhook-endpoints", {
      method: "POST",
      body: JSON.stringify({ url }),
    });
    const { endpoint_id, secret } = (await response.json()) as { endpoint_id: string; secret: string };
    return [endpoint_id, secret];
  }

  const until = (ms: number) => waitFor(() => Date.now() >= ms, { timeoutMs: 30_000, what: "the clock" });

  it("lets old and new verify during the overlap, and the old one no more a second after it", async () => {
    const before = await delivery();
    expect(isVerifiedBy(before, herald.webhookSecret)).toBe(true);

    const { secret, previous_expires_at } = await rotate({ overlap_hours: OVERLAP_SECONDS / 3600 });
    await until(before.receivedAt + CACHED_MS);
    const during = await delivery();
    expect([herald.webhookSecret, secret].map((one) => isVerifiedBy(during, one))).toEqual([true, true]);

    await until(Date.parse(previous_expires_at ?? "") + 1000);
    const after = await delivery();
    expect([herald.webhookSecret, secret].map((one) => isVerifiedBy(after, one))).toEqual([false, true]);
  }, 90_000);

  it("adds an ed25519 signature that its public key verifies, and that other receivers pass over", async () => {
    const { secret } = await rotate({ overlap_hours: 0 });
    const { public_key, previous_expires_at } = await rotate({ version: "v1a" });
    expect(previous_expires_at).toBeNull();
    await until(Date.now() + CACHED_MS);

    const { body, headers, ...rest } = await delivery();

    expect(verifyWebhook(body, headers, public_key).event.type).toBe("job.completed");
    expect(isVerifiedBy({ body, headers, ...rest }, secret)).toBe(true);
  }, 60_000);

  it("goes on for an endpoint under its own key alone, with an overlap and ed25519 as for the tenant's", async () => {
    const own = await startReceiver();
    const [endpoint_id, first] = await openEndpoint(own.url);
    const tenants = await rotate({ overlap_hours: 0 });

    const second = await rotate({ endpoint_id, overlap_hours: 1 });
    const pair = await rotate({ endpoint_id, version: "v1a" });
    await until(Date.now() + CACHED_MS);
    await delivery();
    await own.waitForCount(1, { timeoutMs: 30_000 });
    await own.stop();

    const [request] = own.requests;
    if (request === undefined) throw new Error("no delivery came");
    const secrets = [first, second.secret, tenants.secret];
    expect(secrets.map((one) => isVerifiedBy(request, one))).toEqual([true, true, false]);
    expect(verifyWebhook(request.body, request.headers, pair.public_key).event.type).toBe("job.completed");
  }, 60_000);

  it("shows a secret neither in a log nor in the list of keys", async () => {
    const { secret } = await rotate({ overlap_hours: 0 });
    const bytes = secret.slice("whsec_".length);

    const logs = [herald.api, herald.webhookWorker].map((app) => app.output()).join("");
    expect(logs).not.toContain(bytes);
    const listed = await (await herald.client.request("/v1/webhook-keys")).text();
    expect(listed).not.toContain(bytes);
    expect(listed).not.toContain("sealed");
  });
});
