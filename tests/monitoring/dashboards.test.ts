import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { catalogueMetrics } from "../../tools/docs/metrics-catalogue.ts";
import { startHerald, type Herald } from "../support/herald.ts";
import { readPanelQueries } from "../support/monitoring.ts";
import { skipsPrometheus, startPrometheus, type Prometheus } from "../support/prometheus.ts";
import { startReceiver } from "../support/receiver.ts";
import { waitFor } from "../support/wait.ts";

const JOBS = 20;
const APPS = ["api", "synthesis-worker", "webhook-worker", "housekeeper"] as const;

const panels = await readPanelQueries();
const describeWithPrometheus = (await skipsPrometheus()) ? describe.skip : describe;

let herald: Herald;

beforeAll(async () => {
  const env = { WEBHOOK_RETRY_DELAYS: "100ms", EXPIRY_INTERVAL: "1s", RECONCILE_INTERVAL: "1s" };
  herald = await startHerald({ synthesisWorkers: 2, env });
}, 60_000);

afterAll(() => herald.stop(), 60_000);

/** Jobs whose webhooks arrive, and one whose webhook is given up. */
async function work(): Promise<void> {
  const [willing, unwilling] = await Promise.all([
    startReceiver(),
    startReceiver({ respond: () => ({ status: 500 }) }),
  ]);
  const urls = [unwilling.url, ...Array.from({ length: JOBS - 1 }, () => willing.url)];
  const submitted = await Promise.all(
    urls.map((webhook_url, i) =>
      herald.client.submit({ text: `Sentence number ${i}.`, format: "wav", webhook_url }),
    ),
  );
  await Promise.all(submitted.map(({ job_id }) => herald.client.webhookSettled(job_id)));
  await Promise.all([willing.stop(), unwilling.stop()]);
}

async function scrape(target: string): Promise<string> {
  const answer = await fetch(`http://${target}/metrics`);
  return answer.text();
}

describe("the metrics of a running system", () => {
  it.each(APPS)("are, of %s, those that docs/metrics.md names for it", async (app) => {
    const [target = ""] = herald.metricsTargets.get(app) ?? [];

    const page = await scrape(target);

    const documented = catalogueMetrics().filter(({ processes }) => processes.includes(app));
    const told = [...page.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`);
    expect(told.sort()).toEqual(documented.map(({ name, type }) => `${name} ${type}`).sort());
  });
});

describeWithPrometheus("the dashboards, in a Prometheus that has scraped the running system", () => {
  let prometheus: Prometheus;

  beforeAll(async () => {
    const targets = [...herald.metricsTargets].map(([app, of]) => [`herald-${app}`, of] as const);
    prometheus = await startPrometheus(new Map(targets));
    // A rate needs to have seen the counter before it moved.
    const scraped = async () => (await prometheus.query("count(up == 1) == 5")).length === 1;
    await waitFor(scraped, { timeoutMs: 20_000, what: "a scrape of all five processes" });
    await work();
  }, 90_000);

  afterAll(() => prometheus.stop(), 30_000);

  it.each(panels)(
    "$dashboard: $panel shows a number ($expr)",
    async ({ expr }) => {
      const query = expr.replaceAll("$__rate_interval", "5m");
      const numbers = async () =>
        (await prometheus.query(query)).map(({ value }) => Number(value[1])).filter(Number.isFinite);

      await waitFor(async () => (await numbers()).length > 0, { timeoutMs: 20_000, what: query });

      expect(await numbers()).not.toEqual([]);
    },
    30_000,
  );

  it("come with rules that evaluate without error, and no alert fires", async () => {
    await waitFor(async () => (await prometheus.rules()).every(({ health }) => health !== "unknown"), {
      what: "every rule to be evaluated",
    });

    const rules = await prometheus.rules();

    expect(rules.filter(({ health }) => health === "err")).toEqual([]);
    expect(rules.filter(({ state }) => state === "firing")).toEqual([]);
    expect(rules.length).toBeGreaterThan(30);
  });
});
