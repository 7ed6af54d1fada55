import { expect, it } from "@jest/globals";
import { answered, unanswered } from "../../../tests/support/send-results.ts";
import { observationOf } from "./observation.ts";

const NOW = new Date("2026-01-02T03:04:05Z");

it.each([
  ["a success", answered(204), { verdict: "delivered", pauseMs: null }],
  ["a redirect", answered(302), { verdict: "failed", pauseMs: null }],
  ["a refusal", answered(400), { verdict: "failed", pauseMs: null }],
  ["a fault", answered(500), { verdict: "failed", pauseMs: null }],
  ["503", answered(503, { retryAfter: "9" }), { verdict: "failed", pauseMs: null }],
  ["502", answered(502), { verdict: "failed", pauseMs: 0 }],
  ["504", answered(504), { verdict: "failed", pauseMs: 0 }],
  ["429", answered(429), { verdict: "neither", pauseMs: 0 }],
  ["429 that says when", answered(429, { retryAfter: "9" }), { verdict: "neither", pauseMs: 9_000 }],
  ["429 for a day", answered(429, { retryAfter: "86400" }), { verdict: "neither", pauseMs: 600_000 }],
  ["no answer", unanswered("timeout"), { verdict: "failed", pauseMs: null }],
  ["an address of ours to refuse", unanswered("blocked_address"), { verdict: "neither", pauseMs: null }],
  ["a stop of ours", unanswered("aborted"), { verdict: "neither", pauseMs: null }],
] as const)("%s says its part of the endpoint", (_case, result, observation) => {
  expect(observationOf(result, NOW)).toEqual(observation);
});
