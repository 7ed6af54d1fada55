import { once } from "node:events";
import { createServer, type AddressInfo, type Server } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createClient, type Client } from "../support/client.ts";
import { startHerald, type Herald } from "../support/herald.ts";
import { startReceiver } from "../support/receiver.ts";
import { waitFor } from "../support/wait.ts";

const SLOTS = 8;
const SUBMISSION = { text: "Hello there.", format: "wav" };

/** Accepts, and never answers. */
async function startSilent(): Promise<{ server: Server; url: string; accepted: () => number }> {
  let accepted = 0;
  const server = createServer((socket) => {
    accepted++;
    socket.on("error", () => undefined).resume();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { server, url: `http://127.0.0.1:${port}`, accepted: () => accepted };
}

describe("a tenant whose receivers never answer, under a new path for each job", () => {
  const HANGING = 100;
  const HEALTHY = 20;
  let herald: Herald;
  let silent: Awaited<ReturnType<typeof startSilent>>;
  let receiver: Awaited<ReturnType<typeof startReceiver>>;

  beforeAll(async () => {
    [silent, receiver] = [await startSilent(), await startReceiver()];
    herald = await startHerald({ env: { WEBHOOK_CONCURRENCY: String(SLOTS), WEBHOOK_TIMEOUT: "8s" } });
  }, 60_000);
  afterAll(async () => {
    await herald.stop();
    await receiver.stop();
    silent.server.close();
  }, 60_000);

  async function clientOfAnotherTenant(): Promise<Client> {
    const body = JSON.stringify({ tenant: "globex", role: "consumer" });
    const response = await herald.client.request("/v1/keys", { method: "POST", body });
    const { key } = (await response.json()) as { readonly key: string };
    return createClient(herald.url, key);
  }

  it("keeps no other tenant's webhooks from being sent", async () => {
    const other = await clientOfAnotherTenant();
    await Promise.all(
      Array.from({ length: HANGING }, (_, i) =>
        herald.client.submit({ ...SUBMISSION, webhook_url: `${silent.url}/jobs/${i}` }),
      ),
    );
    await waitFor(() => herald.webhookWorker.output().includes("webhook.tenant_held_back"), {
      timeoutMs: 30_000,
      what: "the worker to notice",
    });

    await Promise.all(
      Array.from({ length: HEALTHY }, () => other.submit({ ...SUBMISSION, webhook_url: receiver.url })),
    );
    // Without a share of its own it would stand behind a hundred that take a slot for eight seconds each.
    await receiver.waitForCount(HEALTHY, { timeoutMs: 20_000 });

    expect(silent.accepted()).toBeLessThan(HANGING);
  }, 90_000);
});
