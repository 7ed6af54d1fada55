import type { SendResult } from "./http/send-webhook.ts";
import { isSuccess } from "./judge-attempt.ts";

/** All that a tenant is told of why an attempt failed. The log and the metrics tell more of them apart. */
export type TenantClass =
  "blocked_address" | "dns" | "connect" | "tls" | "timeout" | "status" | "body_too_large";

type ErrorClass = Extract<SendResult, { kind: "error" }>["errorClass"];

const CLASS_OF: Readonly<Record<ErrorClass, TenantClass>> = {
  blocked_address: "blocked_address",
  // What was accepted once is no longer called: to its tenant that is the same.
  invalid_url: "blocked_address",
  dns: "dns",
  connect: "connect",
  // There was a connection, and no answer came of it.
  reset: "connect",
  invalid_response: "connect",
  other: "connect",
  tls: "tls",
  timeout: "timeout",
  // Not recorded: the attempt is made again.
  aborted: "timeout",
};

/** Null: there is nothing to say against it. A 2xx whose body is too large is delivered all the same, and told of. */
export function tenantClassOf(result: SendResult): TenantClass | null {
  if (result.kind === "error") {
    return CLASS_OF[result.errorClass];
  }
  if (result.isCutOff) {
    return "body_too_large";
  }
  return isSuccess(result) ? null : "status";
}
