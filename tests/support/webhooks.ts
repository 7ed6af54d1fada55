import { Webhook } from "standardwebhooks";
import type { JobView } from "./client.ts";
import type { ReceivedRequest } from "./receiver.ts";

export interface ReceivedEvent {
  readonly id: string;
  readonly type: string;
  readonly job: JobView;
}

/** Verifies with the official library, as a receiver would; throws when the signature does not hold. */
export function verifyEvent(request: ReceivedRequest, secret: string): ReceivedEvent {
  const headers = request.headers as Record<string, string>;
  const event = new Webhook(secret).verify(request.body, headers) as { type: string; data: JobView };
  return { id: headers["webhook-id"] ?? "", type: event.type, job: event.data };
}
