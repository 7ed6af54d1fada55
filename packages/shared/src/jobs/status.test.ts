import { describe, expect, it } from "@jest/globals";
import type { JobAudio } from "./job-result.ts";
import { cancel, complete, fail, isTerminal, jobStatuses, release, type JobStatus } from "./status.ts";

const NOW = new Date("2026-03-01T12:00:00Z");
const audio: JobAudio = {
  key: "acme/1/f.mp3",
  contentType: "audio/mpeg",
  bytes: 10,
  durationSeconds: 1,
  sha256: "00",
  expiresAt: 1,
};
const error = { code: "engine_failed", message: "the engine failed", segment: 2 };
const jobIn = (status: JobStatus) => ({ id: "1", tenant: "acme", status, fence: "mine" });

const arrows: Record<string, { from: readonly JobStatus[]; take: (status: JobStatus) => unknown }> = {
  complete: { from: ["processing"], take: (status) => complete(jobIn(status), { audio, segments: 3 }, NOW) },
  fail: { from: ["pending", "processing"], take: (status) => fail(jobIn(status), error, NOW) },
  cancel: { from: ["pending", "processing"], take: (status) => cancel(jobIn(status), NOW) },
  release: { from: ["processing"], take: (status) => release(jobIn(status)) },
};

describe("the status table", () => {
  for (const [name, { from, take }] of Object.entries(arrows)) {
    it.each(jobStatuses)(`${name} of a %s job is allowed exactly where the table has an arrow`, (status) => {
      const attempt = () => take(status);

      // eslint-disable-next-line jest/no-conditional-expect -- one row is one promise, whichever way it goes
      if (from.includes(status)) expect(attempt).not.toThrow();
      // eslint-disable-next-line jest/no-conditional-expect
      else expect(attempt).toThrow(expect.objectContaining({ code: "invalid_transition" }));
    });
  }

  it("has no way out of an ending", () => {
    expect(jobStatuses.filter(isTerminal)).toEqual(["completed", "failed", "cancelled"]);
  });
});

describe("a change", () => {
  it("of an attempt is bound to its fence", () => {
    expect(complete(jobIn("processing"), { audio, segments: 3 }, NOW)).toMatchObject({
      jobId: "1",
      tenant: "acme",
      from: "processing",
      to: "completed",
      fence: "mine",
      at: NOW,
      audio,
      segments: 3,
    });
  });

  it("by cancellation needs no fence, because no attempt asks for it", () => {
    expect(cancel(jobIn("pending"), NOW).fence).toBeNull();
  });

  it("back to pending leaves the fence in the record, by which the next attempt finds what this one left behind", () => {
    expect(release(jobIn("processing"))).toEqual({
      jobId: "1",
      tenant: "acme",
      from: "processing",
      to: "pending",
      fence: "mine",
    });
  });
});
