import { expect, it } from "@jest/globals";
import { eventIdOf } from "@herald/shared/webhooks/webhook-ids";
import { judge } from "./judge.ts";
import type { Story } from "./story.ts";

const JOB_ID = "019ab0c1-0000-7000-8000-000000000000";

function story(code: string | null, losses = 0): Story {
  const status = code === null ? "completed" : "failed";
  const telling = { id: eventIdOf(JOB_ID), at: 0, body: JSON.stringify({ type: `job.${status}` }) };
  return {
    accepted: { jobId: JOB_ID, sentAt: 0, acceptedAt: 0, tries: 1, cancelled: false },
    job: { job_id: JOB_ID, status, error: code && { code }, webhook: { status: "delivered" } },
    told: [telling],
    toldEndpoint: [telling],
    losses,
  } as unknown as Story;
}

const DISK_FULL = { fillsDisk: true };
const OTHER = {};

it.each([
  { what: "is completed", told: story(null), fault: OTHER },
  { what: "found no storage while the disk was full", told: story("storage_unavailable"), fault: DISK_FULL },
  { what: "was lost three times", told: story("worker_lost", 3), fault: OTHER },
])("a job that $what is as promised", ({ told, fault }) => {
  expect(judge(told, fault).faults).toEqual([]);
});

it.each([
  { what: "found no storage under another fault", told: story("storage_unavailable"), fault: OTHER },
  { what: "was given up before it was lost three times", told: story("worker_lost", 2), fault: OTHER },
  { what: "failed for another reason", told: story("engine_failed", 3), fault: DISK_FULL },
])("a job that $what is not", ({ told, fault }) => {
  expect(judge(told, fault).faults).toHaveLength(1);
});
