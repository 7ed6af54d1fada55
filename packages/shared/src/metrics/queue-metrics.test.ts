import { expect, it, jest } from "@jest/globals";
import { createQueueMetrics, type QueueCounts } from "./queue-metrics.ts";
import { createRegistry } from "./registry.ts";

const COUNTS = { synthesis: { waiting: 3, active: 1 } };

function setup() {
  const count = jest.fn((): Promise<Record<string, QueueCounts>> => Promise.resolve(COUNTS));
  let time = 1_000_000;
  const registry = createRegistry({ process: "api", version: "1.2.3" });
  createQueueMetrics({ registry, count, now: () => time });
  const scrape = async () => {
    const page = await registry.metrics();
    return page.split("\n").filter((line) => line.startsWith("herald_queue_jobs{"));
  };
  const pass = (ms: number) => {
    time += ms;
  };
  return { registry, count, scrape, pass };
}

it("tells the jobs of each queue by state, and which process says so", async () => {
  const { scrape } = setup();

  expect(await scrape()).toEqual([
    'herald_queue_jobs{queue="synthesis",state="waiting",process="api"} 3',
    'herald_queue_jobs{queue="synthesis",state="active",process="api"} 1',
  ]);
});

it("counts once for all scrapes within five seconds", async () => {
  const { scrape, count, pass } = setup();

  await scrape();
  pass(4999);
  await scrape();
  expect(count).toHaveBeenCalledTimes(1);

  pass(1);
  await scrape();
  expect(count).toHaveBeenCalledTimes(2);
});

it("forgets a queue's state that is counted no more", async () => {
  const { scrape, count, pass } = setup();
  await scrape();
  pass(5000);
  count.mockResolvedValueOnce({ synthesis: { waiting: 4 } });

  expect(await scrape()).toEqual(['herald_queue_jobs{queue="synthesis",state="waiting",process="api"} 4']);
});

it("shows nothing rather than an old count when Redis is away, and asks again at the next scrape", async () => {
  const { scrape, count, pass } = setup();
  await scrape();
  pass(5000);
  count.mockRejectedValueOnce(new Error("connection lost"));

  expect(await scrape()).toEqual([]);

  expect(await scrape()).toHaveLength(2);
});

it("says which version runs, and what Node tells of the process", async () => {
  const page = await setup().registry.metrics();

  expect(page).toContain(`herald_build_info{version="1.2.3",node="${process.version}",process="api"} 1`);
  expect(page).toContain("nodejs_eventloop_lag_p99_seconds{");
});
