import { z } from "zod";

const ms = z.number().nullable().default(null);

/**
 * One POST, as it is remembered. The wire form and that of Redis are the same. Steps that an attempt did not have, or did
 * not get to, are null: an open connection is used again without looking up a name.
 */
const deliveryAttempt = z.object({
  attempt: z.number(),
  at: z.iso.datetime(),
  /** Where it was sent to, when that was not the delivery's own URL: its endpoint had moved. */
  url: z.string().nullable().default(null),
  /** The total: from looking up the name to the answer's last byte. */
  duration_ms: z.number(),
  dns_ms: ms,
  connect_ms: ms,
  tls_ms: ms,
  /** From the attempt's start. */
  first_byte_ms: ms,
  status_code: z.number().nullable(),
  /** One of few, as a tenant may know it. Null: there is nothing to say against the attempt. */
  error_class: z.string().nullable(),
  /** Of a connection that came about. Where a call was refused, or to what, would make us a port scanner. */
  remote_address: z.string().nullable().default(null),
  /** The first 4 KiB of the answer's body. */
  response_excerpt: z.string().nullable().default(null),
  next_attempt_at: z.iso.datetime().nullable().default(null),
});

export type DeliveryAttempt = z.infer<typeof deliveryAttempt>;

export function parseAttempt(line: string): DeliveryAttempt {
  return deliveryAttempt.parse(JSON.parse(line));
}
