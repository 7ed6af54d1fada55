import { expect, it } from "@jest/globals";
import type { PresentedJob } from "@herald/shared/job";
import { isJobEvent, type JobData } from "./webhook-event.ts";

// Compiles only while all that is promised to receivers is in what Herald presents.
type Promised = Omit<JobData, "status" | "audio"> & {
  readonly audio: Omit<NonNullable<JobData["audio"]>, "url"> | null;
};
type Kept = PresentedJob extends Promised ? true : false;
const isKept: Kept = true;

it("promises of a job what Herald presents of it", () => {
  expect(isKept).toBe(true);
});

it("tells events of jobs from those of types to come", () => {
  const event = { timestamp: "", data: {} };

  expect(isJobEvent({ ...event, type: "job.failed" })).toBe(true);
  expect(isJobEvent({ ...event, type: "webhook_endpoint.disabled" })).toBe(false);
});
