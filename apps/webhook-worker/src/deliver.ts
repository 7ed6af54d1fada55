import { signWebhook } from "@herald/shared/signing/webhook-signature";
import type { DeliveryAttempt } from "@herald/webhooks/deliveries/delivery-attempt";
import type { Delivery } from "@herald/webhooks/deliveries/delivery-record";
import type { DeliveryStore } from "@herald/webhooks/deliveries/delivery-store";
import type { EndpointHealth } from "@herald/webhooks/health/endpoint-health";
import type { EndpointChange } from "@herald/webhooks/health/judge-streak";
import type { AttemptKeys, SigningKeys } from "@herald/webhooks/signing-keys/signing-keys";
import type { Outcome } from "@herald/queue/worker/outcome";
import { findTarget, putAside, type Aside, type Sending } from "./find-target.ts";
import type { SendResult, WebhookSender } from "./http/send-webhook.ts";
import { describeAttempt } from "./describe-attempt.ts";
import { observationOf } from "./observation.ts";
import { isGone, judgeAttempt, type Verdict } from "./judge-attempt.ts";
import { retryDelayMs, type RetryPolicy } from "./retry-delay.ts";
import type { HeldPermit } from "./with-permit.ts";

export interface DeliverDeps {
  readonly deliveries: Pick<DeliveryStore, "giveUp" | "park">;
  readonly health: EndpointHealth;
  readonly sender: Pick<WebhookSender, "send">;
  readonly signingKeys: SigningKeys;
  readonly userAgent: string;
  readonly retry: RetryPolicy;
  readonly now: () => Date;
}

/** With everything one needs at night. */
export type DeliveryReport = AttemptReport | AsideReport;

export interface AttemptReport {
  readonly kind: "attempted";
  readonly delivery: Delivery;
  readonly attempt: number;
  readonly startedAt: Date;
  /** Where it went: an endpoint may have moved since the delivery was recorded. */
  readonly url: string;
  readonly result: SendResult;
  readonly verdict: Verdict;
  readonly retryInMs: number | null;
  readonly nextAttemptAt: Date | null;
  /** "stale": another attempt had settled the delivery meanwhile. Null for an interrupted one, which is not recorded. */
  readonly recorded: "applied" | "stale" | null;
  /** What became of the endpoint by this attempt. */
  readonly change: EndpointChange | null;
}

/** No attempt was made, and none will be unless the delivery is sent again. */
export interface AsideReport {
  readonly kind: "put_aside";
  readonly delivery: Delivery;
  readonly aside: Aside;
  /** "stale": it had been settled meanwhile, and nothing was done. */
  readonly recorded: "applied" | "stale";
}

/** Sends the event once and releases its permit with what came of it. Null: there was nothing (left) to deliver. */
export async function deliver(
  { number, permit }: { readonly number: number; readonly permit: HeldPermit },
  deps: DeliverDeps,
  signal: AbortSignal,
): Promise<DeliveryReport | null> {
  const { delivery } = permit;
  if (delivery?.status !== "pending") {
    return null;
  }
  const target = findTarget(delivery, permit.endpoint);
  if (target.kind !== "send") {
    const recorded = await putAside(delivery, target, deps);
    return { kind: "put_aside", delivery, aside: target, recorded };
  }

  const keys = await deps.signingKeys.of(target.owner);
  const startedAt = deps.now();
  const retry = { ...deps.retry, delaysMs: target.retryDelaysMs ?? deps.retry.delaysMs };
  const result = await deps.sender.send(compose(delivery, { number, startedAt, keys, target }, deps), signal);
  const isLast = number > retry.delaysMs.length;
  const verdict = judgeAttempt({ result, isLast, stopping: signal.aborted });
  const now = deps.now();
  const retryInMs = verdict === "retry" ? retryDelayMs({ result, number, now }, retry) : null;
  const nextAttemptAt = retryInMs === null ? null : new Date(now.getTime() + retryInMs);
  const { url } = target;
  const kind = "attempted";
  const report = {
    kind,
    delivery,
    attempt: number,
    startedAt,
    url,
    result,
    verdict,
    retryInMs,
    nextAttemptAt,
  } as const;
  if (verdict === "interrupted") {
    return { ...report, recorded: null, change: null };
  }
  const movedTo = url === delivery.url ? null : url;
  const made = describeAttempt({ number, startedAt, url: movedTo, result, nextAttemptAt });
  const status = DELIVERY_STATUS[verdict];
  const recorded = await permit.release(observationOf(result, now), {
    delivery,
    attempt: made,
    status,
    nextAttemptAt,
  });
  return { ...report, recorded, change: await tellHealth(target, { ...report, made }, deps) };
}

/** After the record: if it comes to nothing, the next attempt at the endpoint says the same. */
async function tellHealth(
  { endpoint }: Sending,
  { delivery, result, verdict, made }: Facts,
  { health }: DeliverDeps,
): Promise<EndpointChange | null> {
  // Nobody made the endpoint of a job's own URL: what it answers is said of that delivery alone.
  if (endpoint === null) {
    return null;
  }
  if (verdict === "delivered") {
    await health.delivered(endpoint);
    return null;
  }
  const { requestId } = delivery;
  return health.failed(endpoint, { attempt: made, isGone: isGone(result), requestId });
}

type Facts = Pick<AttemptReport, "delivery" | "result" | "verdict"> & { readonly made: DeliveryAttempt };

const DELIVERY_STATUS = { delivered: "delivered", retry: "pending", give_up: "failed" } as const;

/** The bytes were frozen when the job ended; the time and the signature over it are this attempt's. */
function compose(
  delivery: Delivery,
  {
    number,
    startedAt,
    keys,
    target,
  }: { number: number; startedAt: Date; keys: AttemptKeys; target: Sending },
  deps: DeliverDeps,
) {
  const body = Buffer.from(delivery.body);
  const timestampSeconds = Math.floor(startedAt.getTime() / 1000);
  const own = {
    "content-type": "application/json",
    "user-agent": deps.userAgent,
    "x-webhook-event": delivery.type,
    "x-webhook-attempt": String(number),
  };
  const signatures = signWebhook(Object.assign({ id: delivery.eventId, timestampSeconds, body }, keys));
  const headers = Object.assign({}, target.headers, own, signatures);
  return { url: target.url, headers, body };
}

/** What BullMQ is to do about it. */
export function outcomeOf(report: DeliveryReport | null): Outcome {
  if (report === null || report.kind === "put_aside") {
    return { kind: "done" };
  }
  switch (report.verdict) {
    case "delivered":
      return { kind: "done" };
    case "interrupted":
      return { kind: "hand_back" };
    case "retry":
      return {
        kind: "retry",
        reason: faultOf(report.result),
        ...(report.retryInMs !== null && { delayMs: report.retryInMs }),
      };
    case "give_up":
      return { kind: "give_up", reason: faultOf(report.result) };
  }
}

function faultOf(result: SendResult): string {
  return result.kind === "response" ? `status ${result.status}` : result.errorClass;
}
