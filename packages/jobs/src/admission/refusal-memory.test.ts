import { describe, expect, it } from "@jest/globals";
import type { RefusedAdmission } from "./admit-job.ts";
import { createRefusalMemory } from "./refusal-memory.ts";

const limits = { requestsPerMinute: 60, charsPerMinute: 6000 };
const asked = (ms: number, textChars = 100, keyId = "key_1") => ({
  keyId,
  limits,
  request: { textChars },
  now: new Date(1_000_000 + ms),
});
const refused = (limit: RefusedAdmission["limit"], waitMs: number | null): RefusedAdmission => ({
  limit,
  waitMs,
  left: { requests: 0, chars: 50 },
});

function setup(limit: RefusedAdmission["limit"] = "requestsPerMinute", waitMs: number | null = 600) {
  const memory = createRefusalMemory();
  memory.keep(asked(0), refused(limit, waitMs));
  return memory;
}

describe("what a refused key submits next", () => {
  it("is refused as Redis would, until the time that Redis named", () => {
    const memory = setup();

    expect(memory.find(asked(200))).toEqual({
      limit: "requestsPerMinute",
      waitMs: 400,
      left: { requests: 0, chars: 70 },
    });
    expect(memory.find(asked(599))).not.toBeNull();
    expect(memory.find(asked(600))).toBeNull();
  });

  it("is asked about again after a second, however long the wait", () => {
    const memory = setup("requestsPerMinute", 60_000);

    expect(memory.find(asked(999))).toMatchObject({ waitMs: 59_001 });
    expect(memory.find(asked(1000))).toBeNull();
  });

  it("waits longer for a longer text, and may be let in with a shorter one", () => {
    const memory = setup("charsPerMinute", 500);

    expect(memory.find(asked(100, 100))).toMatchObject({ waitMs: 400 });
    expect(memory.find(asked(100, 150))).toMatchObject({ waitMs: 900 });
    expect(memory.find(asked(100, 99))).toBeNull();
  });

  it.each(["pendingJobs", "charsPerMonth", "memory", "storage", "allPendingJobs"] as const)(
    "is not foreseen where others decide: %s",
    (limit) => {
      expect(setup(limit, null).find(asked(1))).toBeNull();
    },
  );

  it("is no other key's concern", () => {
    expect(setup().find(asked(1, 100, "key_2"))).toBeNull();
  });

  it("is let in when its limit is another by now, or a clock went backwards", () => {
    expect(setup().find({ ...asked(1), limits: { ...limits, requestsPerMinute: 61 } })).toBeNull();
    expect(setup().find({ ...asked(1), limits: {} })).toBeNull();
    expect(setup().find(asked(-1))).toBeNull();
  });
});

it("keeps ten thousand keys at most, the latest ones", () => {
  const memory = createRefusalMemory();
  for (let i = 0; i <= 10_000; i++) memory.keep(asked(0, 100, `key_${i}`), refused("requestsPerMinute", 600));

  expect(memory.find(asked(1, 100, "key_0"))).toBeNull();
  expect(memory.find(asked(1, 100, "key_1"))).not.toBeNull();
  expect(memory.find(asked(1, 100, "key_10000"))).not.toBeNull();
});
