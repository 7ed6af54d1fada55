import { expect, it } from "@jest/globals";
import { answered, unanswered } from "../../../tests/support/send-results.ts";
import { tenantClassOf } from "./tenant-class.ts";

it.each([
  ["blocked_address", "blocked_address"],
  ["invalid_url", "blocked_address"],
  ["dns", "dns"],
  ["connect", "connect"],
  ["reset", "connect"],
  ["invalid_response", "connect"],
  ["other", "connect"],
  ["tls", "tls"],
  ["timeout", "timeout"],
] as const)("tells a tenant of %s as %s", (errorClass, told) => {
  expect(tenantClassOf(unanswered(errorClass))).toBe(told);
});

it.each([
  [200, false, null],
  [204, false, null],
  [302, false, "status"],
  [404, false, "status"],
  [503, false, "status"],
  [200, true, "body_too_large"],
  [500, true, "body_too_large"],
] as const)("of an answer %d, cut off: %s, says %s", (status, isCutOff, told) => {
  expect(tenantClassOf(answered(status, { isCutOff }))).toBe(told);
});
