import { expect, it } from "@jest/globals";
import type { PresentedJob } from "@herald/shared/jobs/present-job";
import type { PresentedNotice } from "@herald/webhooks/health/notice-event";
import { isEndpointEvent, isJobEvent, type EndpointData, type JobData } from "./webhook-event.ts";

// Compiles only while all that is promised to receivers is in what Herald presents.
type Promised = Omit<JobData, "status" | "audio"> & {
  readonly audio: Omit<NonNullable<JobData["audio"]>, "url"> | null;
};
type Kept = PresentedJob extends Promised ? true : false;
const isKept: Kept = true;

type IsNoticeKept = PresentedNotice extends EndpointData ? true : false;
const isNoticeKept: IsNoticeKept = true;

it("promises of a job and of an endpoint what Herald presents of them", () => {
  expect([isKept, isNoticeKept]).toEqual([true, true]);
});

it.each([
  ["job.failed", true, false],
  ["webhook_endpoint.disabled", false, true],
  ["invoice.paid", false, false],
])("knows what %s tells of", (type, isOfJob, isOfEndpoint) => {
  const event = { timestamp: "", data: {}, type };

  expect([isJobEvent(event), isEndpointEvent(event)]).toEqual([isOfJob, isOfEndpoint]);
});
