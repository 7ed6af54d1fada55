import { z } from "zod";
import { endpointEvents, type EndpointEvent, type EndpointState } from "@herald/shared/jobs/job";
import { textOrNull, time } from "@herald/platform/redis/record-fields";
import type { EndpointRef } from "@herald/platform/redis/keys";
import type { Sealer } from "@herald/shared/signing/sealer";

/** Why an endpoint is sent nothing: its tenant paused it, it answered 410 Gone, or it failed for too long. */
export const disabledReasons = ["paused", "gone", "failing"] as const;
export type DisabledReason = (typeof disabledReasons)[number];

/** A place that a tenant's events are sent to. */
export interface Endpoint {
  readonly endpointId: string;
  readonly tenant: string;
  readonly url: string;
  readonly events: readonly EndpointEvent[];
  readonly description: string;
  /** Sent with every attempt. Their values may be secrets. */
  readonly headers: Readonly<Record<string, string>>;
  /** Null: the operator's schedule. */
  readonly retryDelaysMs: readonly number[] | null;
  /** What is recorded for one that is not is parked. */
  readonly enabled: boolean;
  readonly disabledReason: DisabledReason | null;
  /** Since when every attempt has failed; null when the last one did not. */
  readonly failingSince: Date | null;
  readonly state: EndpointState;
  readonly createdAt: Date;
}

/** What its tenant decides about an endpoint. */
export type EndpointChoices = Pick<
  Endpoint,
  "url" | "events" | "description" | "headers" | "retryDelaysMs" | "enabled"
>;

export type HeaderSealer = Pick<Sealer, "seal" | "open">;

/** The record's fields for whatever of the choices is given. */
export function choiceFields(
  choices: Partial<EndpointChoices>,
  names: EndpointRef,
  sealer: HeaderSealer,
): Record<string, string> {
  const { url, events, description, headers, retryDelaysMs, enabled } = choices;
  return {
    ...(url !== undefined && { url }),
    // Scripts look for one of them in this text.
    ...(events !== undefined && { events: events.join(" ") }),
    ...(description !== undefined && { description }),
    ...(headers !== undefined && { headers: sealHeaders(headers, names, sealer) }),
    ...(retryDelaysMs !== undefined && { retry_delays: JSON.stringify(retryDelaysMs) }),
    ...(enabled !== undefined && {
      enabled: enabled ? "1" : "0",
      disabled_reason: enabled ? "" : "paused",
    }),
  };
}

function sealHeaders(headers: Endpoint["headers"], names: EndpointRef, sealer: HeaderSealer): string {
  return Object.keys(headers).length === 0
    ? ""
    : sealer.seal(Buffer.from(JSON.stringify(headers)), boundTo(names));
}

function openHeaders(sealed: string, names: EndpointRef, sealer: HeaderSealer): Endpoint["headers"] {
  if (sealed === "") return {};
  const text = sealer.open(sealed, boundTo(names)).toString();
  return z.record(z.string(), z.string()).parse(JSON.parse(text));
}

/** The same, sealed with the current encryption key. */
export function resealedHeaders(sealed: string, names: EndpointRef, sealer: HeaderSealer): string {
  return sealer.seal(sealer.open(sealed, boundTo(names)), boundTo(names));
}

/** Moved to another endpoint, sealed headers do not open. */
function boundTo({ tenant, endpointId }: EndpointRef): string {
  return ["webhook endpoint headers", tenant, endpointId].join("\n");
}

const endpointRecord = z.object({
  endpoint_id: z.string(),
  tenant: z.string(),
  url: z.string(),
  events: z.string().transform((text) => z.array(z.enum(endpointEvents)).parse(text.split(" "))),
  description: z.string(),
  headers: z.string(),
  retry_delays: z.string().transform((text) => z.array(z.number()).nullable().parse(JSON.parse(text))),
  enabled: z.enum(["0", "1"]).transform((flag) => flag === "1"),
  disabled_reason: textOrNull.pipe(z.enum(disabledReasons).nullable()),
  failing_since: time.optional(),
  warned: z.literal("1").optional(),
  created_at: time,
});

/** Parses HGETALL's answer; null when there is no such endpoint. */
export function parseEndpointRecord(hash: Record<string, string>, sealer: HeaderSealer): Endpoint | null {
  if (Object.keys(hash).length === 0) {
    return null;
  }
  const record = endpointRecord.parse(hash);
  const names = { tenant: record.tenant, endpointId: record.endpoint_id };
  return {
    ...names,
    url: record.url,
    events: record.events,
    description: record.description,
    headers: openHeaders(record.headers, names, sealer),
    retryDelaysMs: record.retry_delays,
    enabled: record.enabled,
    disabledReason: record.disabled_reason,
    failingSince: record.failing_since ?? null,
    state: stateOf(record),
    createdAt: record.created_at,
  };
}

/** As scripts list it. */
function stateOf({
  enabled,
  warned,
}: Pick<z.infer<typeof endpointRecord>, "enabled" | "warned">): EndpointState {
  if (!enabled) {
    return "disabled";
  }
  return warned === undefined ? "enabled" : "failing";
}
