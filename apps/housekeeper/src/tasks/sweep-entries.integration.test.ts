import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { Job } from "@herald/shared/jobs/job";
import { cancel } from "@herald/shared/jobs/status";
import { eventIdOf } from "@herald/shared/webhooks/webhook-ids";
import { openTestHousekeeping, type TestHousekeeping } from "../../../../tests/support/test-housekeeping.ts";
import { sweepEntries, type SweepEntriesDeps } from "./sweep-entries.ts";

let house: TestHousekeeping;
let deps: SweepEntriesDeps;
let repairs: string[];

beforeEach(async () => {
  house = await openTestHousekeeping();
  repairs = [];
  deps = { ...house, deliveryQueue: house.webhooks, onRepair: (kind) => repairs.push(kind) };
});
afterEach(() => house.close());

const entryOf = async (job: Job) => (await house.synthesis.statesOf([job.id]))[0];
const deliveryEntryOf = async (job: Job) => (await house.webhooks.statesOf([eventIdOf(job.id)]))[0];

describe("sweeping queue entries", () => {
  it("removes those of jobs whose record is gone or over, and leaves the others", async () => {
    const { job: waiting } = await house.create();
    const { job: gone } = await house.create();
    const { job: over } = await house.create();
    await house.redis.del(house.keys.job(gone.tenant, gone.id));
    await house.finishJob(over, cancel(over, new Date()));

    await sweepEntries(deps);

    expect(await Promise.all([waiting, gone, over].map(entryOf))).toEqual(["open", "missing", "missing"]);
    expect(repairs).toEqual(["ghost_removed", "ghost_removed"]);
  });

  it("removes those of webhooks that nobody owes", async () => {
    const owed = await house.completed();
    const gone = await house.completed();
    await house.redis.del(house.keys.delivery(gone.tenant, eventIdOf(gone.id)));

    await sweepEntries(deps);

    expect(await Promise.all([owed, gone].map(deliveryEntryOf))).toEqual(["open", "missing"]);
  });

  it("reaches an entry behind more than one run looks at, in the next one", async () => {
    const { job } = await house.create();
    await house.redis.del(house.keys.job(job.tenant, job.id));
    const inLongQueue: typeof house.synthesis.page = async (place, from, count) => {
      const page = await house.synthesis.page(place, Math.max(0, from - 10_000), count);
      return from < 10_000 ? Array.from({ length: count }, () => standing) : page;
    };
    const { job: stays } = await house.create();
    const standing = { id: stays.id, entry: { tenant: stays.tenant, jobId: stays.id, requestId: "" } };
    const long = { ...deps, synthesis: { ...house.synthesis, page: inLongQueue } };

    await sweepEntries(long);
    expect(repairs).toEqual([]);

    await sweepEntries(long);
    expect(repairs).toEqual(["ghost_removed"]);
  });
});
