import type { DeliveryAttempt } from "@herald/webhooks/deliveries/delivery-attempt";
import type { SendResult } from "./http/send-webhook.ts";
import { tenantClassOf } from "./tenant-class.ts";

export interface AttemptToDescribe {
  readonly number: number;
  readonly startedAt: Date;
  /** Null: the delivery's own. */
  readonly url: string | null;
  readonly result: SendResult;
  readonly nextAttemptAt: Date | null;
}

/**
 * What the tenant is told of an attempt. Of a failure it is the class alone; an address only where a connection to it came
 * about, which the guard allowed. The private `detail` stays out.
 */
export function describeAttempt(facts: AttemptToDescribe): DeliveryAttempt {
  const { number, startedAt, url, result, nextAttemptAt } = facts;
  const { timings } = result;
  const isAnswered = result.kind === "response";
  return {
    attempt: number,
    at: startedAt.toISOString(),
    url,
    duration_ms: Math.round(result.durationMs),
    dns_ms: rounded(timings.dnsMs),
    connect_ms: rounded(timings.connectMs),
    tls_ms: rounded(timings.tlsMs),
    first_byte_ms: rounded(timings.firstByteMs),
    status_code: isAnswered ? result.status : null,
    error_class: tenantClassOf(result),
    remote_address: result.remoteAddress,
    response_excerpt: isAnswered ? result.excerpt : null,
    next_attempt_at: nextAttemptAt?.toISOString() ?? null,
  };
}

/** To a hundredth: much of what is measured is shorter than a millisecond. */
function rounded(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 100) / 100;
}
