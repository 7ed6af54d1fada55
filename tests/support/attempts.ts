import type { DeliveryAttempt } from "@herald/webhooks/deliveries/delivery-attempt";

/** An attempt that was answered 200, but for the changes. */
export function attemptOf(changes: Partial<DeliveryAttempt> = {}): DeliveryAttempt {
  return {
    attempt: 1,
    at: new Date().toISOString(),
    url: null,
    duration_ms: 5,
    dns_ms: 1.5,
    connect_ms: 0.25,
    tls_ms: null,
    first_byte_ms: 4.5,
    status_code: 200,
    error_class: null,
    remote_address: "203.0.113.7",
    response_excerpt: "ok",
    next_attempt_at: null,
    ...changes,
  };
}
