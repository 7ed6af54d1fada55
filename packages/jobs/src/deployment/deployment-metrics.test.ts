import { expect, it, jest } from "@jest/globals";
import type { DeploymentState } from "./read-deployment.ts";
import { createDeploymentMetrics } from "./deployment-metrics.ts";
import { createRegistry } from "@herald/platform/metrics/registry";

const IDLE = {
  entries: { waiting: 0, prioritized: 0, active: 0, delayed: 0, failed: 0 },
  overdue: 0,
  paused: false,
  workers: 1,
};
const STATE: DeploymentState = {
  queues: {
    synthesis: { ...IDLE, entries: { ...IDLE.entries, prioritized: 3, active: 1 }, paused: true },
    "webhook-delivery": { ...IDLE, overdue: 2 },
    housekeeping: IDLE,
  },
  oldestWaitingMs: { synthesis: 1500, "webhook-delivery": 0 },
  openJobs: 4,
  openDeliveries: 5,
  openBreakers: 1,
  parkedDeliveries: 8,
  endpoints: { enabled: 3, failing: 2, disabled: 1 },
  deliveryBytes: 4096,
  audioOverdue: 6,
  audioBytes: 500,
  redis: {
    usedMemoryBytes: 1000,
    maxMemoryBytes: 2000,
    evictedKeys: 7,
    refusedWrites: { OOM: 8, MISCONF: 0, READONLY: 0, NOREPLICAS: 0 },
    persists: true,
    appendOnly: false,
    clients: 9,
    commands: 10,
    cpuSeconds: 11,
    uptimeSeconds: 12,
  },
};

function setup() {
  const read = jest.fn(() => Promise.resolve(STATE));
  let time = 1_000_000;
  const registry = createRegistry({ process: "api", version: "1.2.3" });
  createDeploymentMetrics({ registry, read, now: () => time, audioMaxBytes: 1000 });
  /** The samples, without the label that all have. */
  const scrape = async () => {
    const page = (await registry.metrics()).replaceAll(/,?process="api"/g, "").replaceAll("{}", "");
    return page.split("\n").filter((line) => /^herald_(?!build_info)/.test(line));
  };
  const pass = (ms: number) => {
    time += ms;
  };
  return { registry, read, scrape, pass };
}

it("tells of each queue", async () => {
  expect(await setup().scrape()).toEqual(
    expect.arrayContaining([
      'herald_queue_jobs{queue="synthesis",state="prioritized"} 3',
      'herald_queue_jobs{queue="synthesis",state="active"} 1',
      'herald_queue_oldest_waiting_seconds{queue="synthesis"} 1.5',
      'herald_queue_overdue_delayed{queue="webhook-delivery"} 2',
      'herald_queue_paused{queue="synthesis"} 1',
      'herald_queue_paused{queue="housekeeping"} 0',
      'herald_workers{queue="housekeeping"} 1',
      'herald_webhook_endpoints{state="failing"} 2',
    ]),
  );
});

it("tells of Redis, with counters as Redis has them", async () => {
  const { scrape, pass } = setup();
  await scrape();
  pass(5000);

  expect(await scrape()).toEqual(
    expect.arrayContaining([
      "herald_redis_up 1",
      "herald_redis_memory_bytes 1000",
      "herald_redis_memory_max_bytes 2000",
      "herald_redis_evicted_keys_total 7",
      'herald_redis_rejected_writes_total{error="OOM"} 8',
      'herald_redis_rejected_writes_total{error="MISCONF"} 0',
    ]),
  );
});

it("reads once for all of a scrape", async () => {
  const { scrape, read } = setup();

  await scrape();

  expect(read).toHaveBeenCalledTimes(1);
});

it("tells only that Redis is away when it is, and all again once it is back", async () => {
  const { scrape, read, pass } = setup();
  const whole = await scrape();
  pass(5000);
  read.mockRejectedValueOnce(new Error("connection lost"));

  expect(await scrape()).toEqual(["herald_audio_max_bytes 1000", "herald_redis_up 0"]);
  expect(await scrape()).toEqual(whole);
});

it("says which version runs, and what Node tells of the process", async () => {
  const page = await setup().registry.metrics();

  expect(page).toContain(`herald_build_info{version="1.2.3",node="${process.version}",process="api"} 1`);
  expect(page).toContain("nodejs_eventloop_lag_p99_seconds{");
});
