import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { DeliveryView } from "../support/client.ts";
import { startHerald, type Herald } from "../support/herald.ts";

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/tls/${name}.pem`, import.meta.url));

const SELF_SIGNED = new URL("../../apps/webhook-worker/src/http/fixtures/self-signed.pem", import.meta.url);

/** Key and certificate are in one file. All but the self-signed one are by an authority that the worker was told to trust. */
const identity = (name: string): ServerOptions => {
  const pem = readFileSync(name === "self-signed" ? SELF_SIGNED : fixture(name));
  return { key: pem, cert: pem };
};

describe("a webhook to a receiver with TLS", () => {
  let herald: Herald;
  const servers: Server[] = [];

  beforeAll(async () => {
    const env = { NODE_EXTRA_CA_CERTS: fixture("ca"), WEBHOOK_RETRY_DELAYS: "100ms" };
    herald = await startHerald({ env });
  }, 60_000);
  afterAll(async () => {
    for (const server of servers) server.close();
    await herald.stop();
  }, 60_000);

  async function startCanary(options: ServerOptions) {
    let heard = 0;
    const server = createServer(options, (request, response) => {
      heard++;
      request.resume();
      response.end();
    });
    servers.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    return { url: `https://127.0.0.1:${port}/hook`, heard: () => heard };
  }

  async function deliverTo(url: string): Promise<DeliveryView> {
    const { job_id } = await herald.client.submit({ text: "Hello.", format: "wav", webhook_url: url });
    return herald.client.settledDelivery(job_id);
  }

  it("arrives where the certificate is good", async () => {
    const { url, heard } = await startCanary(identity("trusted"));

    expect(await deliverTo(url)).toMatchObject({ status: "delivered", attempts: [{ status_code: 200 }] });
    expect(heard()).toBe(1);
  });

  it.each([
    ["has a certificate that has expired", identity("expired")],
    ["has another host's certificate", identity("elsewhere")],
    ["signed its certificate itself", identity("self-signed")],
    [
      "knows nothing newer than TLS 1.1",
      {
        ...identity("trusted"),
        minVersion: "TLSv1",
        maxVersion: "TLSv1.1",
        ciphers: "DEFAULT@SECLEVEL=0",
      } as const,
    ],
  ])("tells one nothing that %s", async (_case, options) => {
    const { url, heard } = await startCanary(options);

    const failed = { error_class: "tls", status_code: null };
    expect(await deliverTo(url)).toMatchObject({ status: "failed", attempts: [failed, failed] });
    expect(heard()).toBe(0);
  });
});
