import type { NoticeEvent } from "@herald/shared/jobs/job";
import { newEventId } from "@herald/shared/webhooks/webhook-ids";
import type { FailingStreak } from "./count-failure.ts";
import type { DeliveryAttempt } from "../deliveries/delivery-attempt.ts";
import type { NewEvent } from "../deliveries/delivery-record.ts";
import type { Endpoint } from "../endpoints/endpoint-record.ts";
import { eventBody } from "../deliveries/event-body.ts";
import type { EndpointChange, StreakRules } from "./judge-streak.ts";

export interface NoticeFacts {
  readonly endpoint: Endpoint;
  readonly change: EndpointChange;
  readonly streak: FailingStreak;
  /** The one that led to it. */
  readonly attempt: Pick<DeliveryAttempt, "at" | "status_code" | "error_class">;
  readonly requestId: string;
  readonly at: Date;
}

/**
 * Tells a tenant's other endpoints of one. Its URL and headers stay out: they may hold secrets that are none of the other
 * receivers'.
 */
export function noticeOf(facts: NoticeFacts, rules: StreakRules): NewEvent {
  const { endpoint, change, at } = facts;
  const type: NoticeEvent = `webhook_endpoint.${change.kind}`;
  return {
    eventId: newEventId(at),
    tenant: endpoint.tenant,
    jobId: null,
    type,
    body: eventBody(type, at, noticeData(facts, rules)),
    createdAt: at,
    requestId: facts.requestId,
  };
}

export function noticeData(
  { endpoint, change, streak, attempt }: Omit<NoticeFacts, "requestId" | "at">,
  { disableAfterMs }: StreakRules,
) {
  const isDisabled = change.kind === "disabled";
  return {
    endpoint_id: endpoint.endpointId,
    description: endpoint.description,
    enabled: !isDisabled,
    disabled_reason: isDisabled ? change.reason : null,
    failing_since: streak.since.toISOString(),
    failed_attempts: streak.attempts,
    /** From then on, the next failure disables it. */
    disabled_from: isDisabled ? null : new Date(streak.since.getTime() + disableAfterMs).toISOString(),
    last_attempt: {
      at: attempt.at,
      status_code: attempt.status_code,
      error_class: attempt.error_class,
    },
  };
}

export type PresentedNotice = ReturnType<typeof noticeData>;
