import { describe, expect, it } from "@jest/globals";
import { answered, unanswered } from "../../../tests/support/send-results.ts";
import { describeAttempt } from "./describe-attempt.ts";

const AT = new Date("2026-01-02T03:04:05.678Z");
const URL_THEN = "https://receiver.example/moved";
const facts = {
  number: 2,
  startedAt: AT,
  url: URL_THEN,
  nextAttemptAt: new Date("2026-01-02T03:04:09.678Z"),
};

describe("what is remembered of an attempt", () => {
  it("is where it went, how it went on the network, what was answered, and when the next one is due", () => {
    const result = answered(503, {
      durationMs: 41.6,
      timings: { dnsMs: 3.14159, connectMs: 1.5, tlsMs: 12.345, firstByteMs: 40 },
      remoteAddress: "203.0.113.7",
      excerpt: "come back later",
    });

    expect(describeAttempt({ ...facts, result })).toEqual({
      attempt: 2,
      at: "2026-01-02T03:04:05.678Z",
      url: URL_THEN,
      duration_ms: 42,
      dns_ms: 3.14,
      connect_ms: 1.5,
      tls_ms: 12.35,
      first_byte_ms: 40,
      status_code: 503,
      error_class: "status",
      remote_address: "203.0.113.7",
      response_excerpt: "come back later",
      next_attempt_at: "2026-01-02T03:04:09.678Z",
    });
  });

  it("is the class of a failure, and never its detail", () => {
    const result = unanswered("blocked_address", { detail: "10.0.0.7 is not public" });

    const attempt = describeAttempt({ ...facts, result, nextAttemptAt: null });

    expect(attempt).toMatchObject({
      error_class: "blocked_address",
      status_code: null,
      remote_address: null,
    });
    expect(JSON.stringify(attempt)).not.toContain("10.0.0.7");
  });
});
