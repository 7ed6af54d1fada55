import { createHash } from "node:crypto";
import { isJobId, newJobId } from "../jobs/ids.ts";

const ENDPOINT = /^we_(.+)$/;
const URL_ENDPOINT = /^url_[0-9a-f]{32}$/;
const RECOVERY = /^rec_(.+)$/;
const EVENT = /^evt_(.+)$/;

/** A job ends once, so its event's id, the `webhook-id` that receivers deduplicate by, can be told from the job's. */
export function eventIdOf(jobId: string): string {
  return `evt_${jobId}`;
}

/** Of an event that is no job's. */
export function newEventId(at: Date): string {
  return `evt_${newJobId(at)}`;
}

/** Ids sort by creation. */
export function newEndpointId(at: Date): string {
  return `we_${newJobId(at)}`;
}

/** Whether it names an endpoint that was made as a resource, and not one that only a job's URL stands for. */
export function isEndpointId(text: string): boolean {
  return isJobId(ENDPOINT.exec(text)?.[1] ?? "");
}

/**
 * A job's own URL is an endpoint too, which nobody made: whatever is remembered of an endpoint is remembered under this.
 * The query is left out, because clients put what belongs to one job there.
 */
export function endpointIdOfUrl(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  const hash = createHash("sha256").update(`${protocol}//${host}${pathname}`).digest("hex");
  return `url_${hash.slice(0, 32)}`;
}

/** The delivery of an event to a job's own URL has the event's own id. No colons: BullMQ refuses them in ids. */
export function deliveryIdOf(eventId: string, endpointId: string): string {
  return URL_ENDPOINT.test(endpointId) ? eventId : `${eventId}.${endpointId}`;
}

export function isDeliveryId(text: string): boolean {
  const [event = "", endpoint, ...rest] = text.split(".");
  const isEvent = isJobId(EVENT.exec(event)?.[1] ?? "");
  return isEvent && rest.length === 0 && (endpoint === undefined || isEndpointId(endpoint));
}

export function newRecoveryId(at: Date): string {
  return `rec_${newJobId(at)}`;
}

export function isRecoveryId(text: string): boolean {
  return isJobId(RECOVERY.exec(text)?.[1] ?? "");
}
