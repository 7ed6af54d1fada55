import type { EndpointEvent } from "@herald/shared/jobs/job";

/** The bytes are frozen here: every attempt, today's and tomorrow's, to whichever endpoint, sends exactly these. */
export function eventBody(type: EndpointEvent, at: Date, data: object): string {
  return JSON.stringify({ type, timestamp: at.toISOString(), data });
}
