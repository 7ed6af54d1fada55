import { describe, expect, it } from "@jest/globals";
import { decideDeliveryRepair, decideJobRepair } from "./decide-repair.ts";

describe("a job on the list of open ones", () => {
  it.each([
    ["pending", "open", null],
    ["pending", "missing", "entry_restored"],
    ["pending", "completed", "entry_restored"],
    ["pending", "failed", "entry_restored"],
    ["pending", "lost", "worker_lost"],
    ["processing", "open", null],
    ["processing", "missing", "entry_restored"],
    ["processing", "completed", "entry_restored"],
    ["processing", "failed", "entry_restored"],
    ["processing", "lost", "worker_lost"],
    ["completed", "open", "listing_dropped"],
    ["failed", "missing", "listing_dropped"],
    ["cancelled", "completed", "listing_dropped"],
    [null, "open", "listing_dropped"],
    [null, "missing", "listing_dropped"],
  ] as const)("that is %s with its entry %s needs: %s", (status, entry, repair) => {
    expect(decideJobRepair({ status, entry, attempts: 1 })).toBe(repair);
  });

  it("is failed when its entry failed without an outcome, and it was claimed time after time", () => {
    expect(decideJobRepair({ status: "pending", entry: "failed", attempts: 10 })).toBe("job_failed");
    expect(decideJobRepair({ status: "pending", entry: "missing", attempts: 10 })).toBe("entry_restored");
  });
});

describe("a delivery on the list of open ones", () => {
  it.each([
    { status: "pending", entry: "open", attemptsLeft: true, repair: null },
    { status: "pending", entry: "open", attemptsLeft: false, repair: null },
    { status: "pending", entry: "missing", attemptsLeft: true, repair: "delivery_restored" },
    { status: "pending", entry: "completed", attemptsLeft: true, repair: "delivery_restored" },
    { status: "pending", entry: "failed", attemptsLeft: true, repair: "delivery_restored" },
    { status: "pending", entry: "missing", attemptsLeft: false, repair: "delivery_failed" },
    { status: "pending", entry: "failed", attemptsLeft: false, repair: "delivery_failed" },
    { status: "delivered", entry: "open", attemptsLeft: true, repair: "delivery_dropped" },
    { status: "failed", entry: "failed", attemptsLeft: false, repair: "delivery_dropped" },
    { status: null, entry: "missing", attemptsLeft: true, repair: "delivery_dropped" },
  ] as const)(
    "$status, entry $entry, attempts left: $attemptsLeft, needs $repair",
    ({ repair, ...facts }) => {
      expect(decideDeliveryRepair(facts)).toBe(repair);
    },
  );
});
