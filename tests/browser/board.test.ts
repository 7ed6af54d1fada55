import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { findChromium, startChromium } from "../support/chromium.ts";
import { startHerald, type Herald } from "../support/herald.ts";
import { startReceiver, type ReceiverOptions } from "../support/receiver.ts";
import { waitFor } from "../support/wait.ts";

/** Set to write docs/images/queue-board.png anew. */
const SCREENSHOT = process.env["HERALD_SCREENSHOT"];
const executable = findChromium();
if (executable === null) {
  const hint =
    "no chromium on the PATH: install it (Debian: apt-get install chromium) to run the browser tests";
  if (process.env["CI"] !== undefined) throw new Error(hint);
  process.stderr.write(`skipped: ${hint}\n`);
}
const describeInBrowser = executable === null ? describe.skip : describe;

describeInBrowser("the queue board in a browser", () => {
  let herald: Herald;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  /** What the console says, and what was asked of other hosts. */
  let complaints: string[];
  const receivers: { stop(): Promise<void> }[] = [];

  beforeAll(async () => {
    herald = await startHerald({ env: { WEBHOOK_RETRY_DELAYS: "100ms,100ms,100ms" } });
    browser = await startChromium(executable ?? "");
  }, 90_000);
  afterAll(async () => {
    await browser.close();
    await herald.stop();
  }, 60_000);

  beforeEach(async () => {
    complaints = [];
    context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-US" });
    page = await context.newPage();
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (url.protocol !== "data:" && url.origin !== herald.url)
        complaints.push(`left the origin: ${url.href}`);
    });
  });
  afterEach(async () => {
    await context.close();
    await Promise.all(receivers.splice(0).map((receiver) => receiver.stop()));
  });

  async function openReceiver(options: ReceiverOptions) {
    const receiver = await startReceiver(options);
    receivers.push(receiver);
    return receiver;
  }

  async function makeKey(role: string): Promise<string> {
    const body = JSON.stringify({ tenant: "default", role });
    const answer = await herald.client.request("/v1/keys", { method: "POST", body });
    return ((await answer.json()) as { key: string }).key;
  }

  async function signIn(role: string): Promise<void> {
    await page.goto(`${herald.url}/admin/queues`);
    await page.getByLabel(/API key/).fill(await makeKey(role));
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL(`${herald.url}/admin/queues/`);
  }

  async function failedDelivery(receiverUrl: string) {
    const job = await herald.client.submit({
      text: "Nobody listens.",
      format: "wav",
      webhook_url: receiverUrl,
    });
    const settled = await herald.client.webhookSettled(job.job_id);
    expect(settled.webhook.status).toBe("failed");
    return settled;
  }

  it("shows the three queues, retries a webhook that was given up, and it arrives", async () => {
    let isListening = false;
    const receiver = await openReceiver({ respond: () => ({ status: isListening ? 200 : 503 }) });
    for (let i = 0; i < 4; i++) await herald.client.submit({ text: `Number ${i}.`, format: "wav" });
    const job = await failedDelivery(receiver.url);

    await signIn("operator");
    for (const name of ["synthesis", "webhook-delivery", "housekeeping"]) {
      await page
        .getByRole("link", { name: new RegExp(name) })
        .first()
        .waitFor();
    }
    await page.goto(`${herald.url}/admin/queues/queue/webhook-delivery?status=failed`);
    await page.getByText(`evt_${job.job_id}`).first().waitFor();
    if (SCREENSHOT !== undefined) await page.screenshot({ path: SCREENSHOT });
    isListening = true;
    await page.getByRole("button", { name: /retry/i }).last().click();
    await page.getByRole("button", { name: /confirm/i }).click();

    await waitFor(async () => (await herald.client.job(job.job_id)).webhook.status === "delivered");
    expect((await herald.client.job(job.job_id)).webhook).toMatchObject({
      attempts: 1,
      last_status_code: 200,
    });
    const ids = receiver.requests.map(({ headers }) => headers["webhook-id"]);
    expect(ids).toEqual(Array.from({ length: 5 }, () => `evt_${job.job_id}`));
    expect(complaints).toEqual([]);
  }, 90_000);

  it("gives a viewer nothing to press, and refuses what a viewer's page asks for all the same", async () => {
    const receiver = await openReceiver({ respond: () => ({ status: 503 }) });
    const job = await failedDelivery(receiver.url);
    const retry = `/admin/queues/api/queues/webhook-delivery/evt_${job.job_id}/retry`;

    await signIn("viewer");
    await page.goto(`${herald.url}/admin/queues/queue/webhook-delivery?status=failed`);
    await page.getByText(`evt_${job.job_id}`).first().waitFor();

    expect(await page.getByRole("button", { name: /retry|clean|promote|pause/i }).count()).toBe(0);
    expect(await page.content()).not.toContain(new URL(receiver.url).pathname);
    expect(complaints).toEqual([]);
    const status = await page.evaluate(async (url) => (await fetch(url, { method: "PUT" })).status, retry);
    expect(status).toBe(405);
    expect((await herald.client.job(job.job_id)).webhook.status).toBe("failed");
  }, 60_000);

  it("lets nobody stay who signs out", async () => {
    await signIn("operator");

    await page.goto(`${herald.url}/admin/queues/sign-out`);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL(`${herald.url}/admin/queues/sign-in`);
    await page.goto(`${herald.url}/admin/queues/queue/synthesis`);

    expect(page.url()).toBe(`${herald.url}/admin/queues/sign-in`);
    expect(complaints).toEqual([]);
  }, 60_000);
});
