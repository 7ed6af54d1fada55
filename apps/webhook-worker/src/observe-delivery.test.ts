import { expect, it } from "@jest/globals";
import type { LogFields } from "@herald/platform/logging/logger";
import { createWebhookWorkerMetrics } from "./metrics/webhook-worker-metrics.ts";
import { createRegistry } from "@herald/platform/metrics/registry";
import { answered, unanswered } from "../../../tests/support/send-results.ts";
import type { AsideReport, AttemptReport, DeliveryReport } from "./deliver.ts";
import { observeDelivery } from "./observe-delivery.ts";

const ENDED = new Date("2026-01-02T03:04:05Z");
const after = (seconds: number) => new Date(ENDED.getTime() + seconds * 1000);
const REPORT: AttemptReport = {
  kind: "attempted",
  delivery: {
    deliveryId: "evt_1",
    eventId: "evt_1",
    endpointId: "url_1",
    jobId: "job-1",
    tenant: "acme",
    type: "job.completed",
    url: "https://user:pass@receiver.example/hook?token=secret",
    body: "{}",
    status: "pending",
    earlierAttempts: 0,
    attemptsMade: 0,
    createdAt: ENDED,
    dueSince: ENDED,
    nextAttemptAt: null,
    reason: null,
    requestId: "req-1",
  },
  attempt: 1,
  startedAt: after(2),
  url: "https://user:pass@receiver.example/hook?token=secret",
  result: answered(204, { durationMs: 500 }),
  verdict: "delivered",
  retryInMs: null,
  nextAttemptAt: null,
  recorded: "applied",
  change: null,
};

function setup() {
  const registry = createRegistry({ process: "webhook-worker", version: "0.0.0" });
  const metrics = createWebhookWorkerMetrics({ registry, slots: 64 });
  const lines: LogFields[] = [];
  const write = (_event: string, fields: LogFields = {}) => {
    lines.push(fields);
  };
  const logger = { error: write, warn: write, info: write, debug: write };
  const observe = (changes: Partial<AttemptReport>) => {
    observeDelivery({ ...REPORT, ...changes }, logger, metrics);
  };
  const observeAside = (aside: AsideReport["aside"], recorded: AsideReport["recorded"] = "applied") => {
    const report: DeliveryReport = { kind: "put_aside", delivery: REPORT.delivery, aside, recorded };
    observeDelivery(report, logger, metrics);
  };
  const page = async () => {
    const text = await registry.metrics();
    return text
      .replaceAll(/,?process="webhook-worker"/g, "")
      .replaceAll("{}", "")
      .split("\n");
  };
  return { observe, observeAside, page, lines };
}

it("tells how long after the job's end the first attempt was made, and the delivery done", async () => {
  const { observe, page } = setup();

  observe({});

  expect(await page()).toEqual(
    expect.arrayContaining([
      'herald_webhook_attempts_total{outcome="delivered",class="2xx"} 1',
      "herald_webhook_lag_seconds_sum 2",
      "herald_webhook_delivery_seconds_sum 2.5",
    ]),
  );
});

it("counts a retry by the class of the answer, and its lag once", async () => {
  const { observe, page } = setup();
  const refused = answered(599);

  observe({ result: refused, verdict: "retry" });
  observe({ result: refused, verdict: "retry", attempt: 2 });

  expect(await page()).toEqual(
    expect.arrayContaining([
      'herald_webhook_attempts_total{outcome="retry",class="5xx"} 2',
      'herald_retries_total{queue="webhook-delivery"} 2',
      "herald_webhook_lag_seconds_count 1",
      "herald_webhook_delivery_seconds_count 0",
    ]),
  );
});

it("does not blame a webhook that is sent again for the time before that", async () => {
  const { observe, page } = setup();

  observe({ delivery: { ...REPORT.delivery, dueSince: after(1) } });

  expect(await page()).toEqual(
    expect.arrayContaining(["herald_webhook_lag_seconds_sum 1", "herald_webhook_delivery_seconds_sum 1.5"]),
  );
});

it("counts a webhook that is given up", async () => {
  const { observe, page } = setup();

  observe({ result: unanswered("timeout"), verdict: "give_up" });

  expect(await page()).toEqual(
    expect.arrayContaining([
      'herald_webhook_attempts_total{outcome="give_up",class="timeout"} 1',
      'herald_webhooks_given_up_total{reason="exhausted"} 1',
    ]),
  );
});

it.each([
  [answered(410), "gone"],
  [unanswered("blocked_address"), "refused_by_us"],
] as const)("says why it gave up: %j", async (result, reason) => {
  const { observe, page } = setup();

  observe({ result, verdict: "give_up" });

  expect(await page()).toContain(`herald_webhooks_given_up_total{reason="${reason}"} 1`);
});

it("counts and tells what is given up since its endpoint is deleted, and what is parked", async () => {
  const { observeAside, page, lines } = setup();

  observeAside({ kind: "give_up", reason: "endpoint_deleted" });
  observeAside({ kind: "park", reason: "endpoint_disabled" });

  expect(await page()).toEqual(
    expect.arrayContaining([
      'herald_webhooks_given_up_total{reason="endpoint_deleted"} 1',
      "herald_webhooks_parked_total 1",
      "herald_webhook_lag_seconds_count 0",
    ]),
  );
  const names = { tenant: "acme", event_id: "evt_1", endpoint_id: "url_1", request_id: "req-1" };
  expect(lines).toMatchObject([
    { outcome: "give_up", reason: "endpoint_deleted", ...names },
    { outcome: "park", reason: "endpoint_disabled", ...names },
  ]);
});

it("neither counts nor tells as given up what somebody else had settled", async () => {
  const { observeAside, page, lines } = setup();

  observeAside({ kind: "give_up", reason: "endpoint_deleted" }, "stale");

  expect(await page()).toEqual(
    expect.arrayContaining([
      'herald_webhooks_given_up_total{reason="endpoint_deleted"} 0',
      'herald_attempts_superseded_total{queue="webhook-delivery"} 1',
    ]),
  );
  expect(lines).toEqual([]);
});

it("counts what the address guard refused", async () => {
  const { observe, page } = setup();

  observe({ result: unanswered("blocked_address"), verdict: "give_up" });

  expect(await page()).toContain('herald_webhooks_blocked_total{reason="blocked_address"} 1');
});

it("counts an attempt that came too late as superseded, not as a delivery", async () => {
  const { observe, page } = setup();

  observe({ recorded: "stale" });

  expect(await page()).toEqual(
    expect.arrayContaining([
      'herald_attempts_superseded_total{queue="webhook-delivery"} 1',
      "herald_webhook_delivery_seconds_count 0",
    ]),
  );
});

it("leaves the lag to the attempt that is made again after an interruption", async () => {
  const { observe, page } = setup();

  observe({
    verdict: "interrupted",
    recorded: null,
    result: unanswered("aborted"),
  });

  expect(await page()).toContain("herald_webhook_lag_seconds_count 0");
});

it("tells of a URL its host only", () => {
  const { observe, lines } = setup();

  observe({});

  expect(lines[0]).toMatchObject({ host: "receiver.example", outcome: "delivered" });
  expect(JSON.stringify(lines)).not.toMatch(/secret|pass/);
});

it("names the receiver that the attempt went to, where its endpoint has moved", () => {
  const { observe, lines } = setup();

  observe({ url: "https://moved.example:8443/hook" });

  expect(lines[0]).toMatchObject({ host: "moved.example:8443" });
});

it("counts and names an endpoint that this attempt led to the warning or the disabling of", async () => {
  const { observe, page, lines } = setup();

  observe({ change: { kind: "failing" } });
  observe({ change: { kind: "disabled", reason: "failing" } });
  observe({ change: { kind: "disabled", reason: "gone" } });

  expect(await page()).toEqual(
    expect.arrayContaining([
      "herald_webhook_endpoints_warned_total 1",
      'herald_webhook_endpoints_disabled_total{reason="failing"} 1',
      'herald_webhook_endpoints_disabled_total{reason="gone"} 1',
    ]),
  );
  expect(lines).toContainEqual({ tenant: "acme", endpoint_id: "url_1", reason: "gone" });
});
