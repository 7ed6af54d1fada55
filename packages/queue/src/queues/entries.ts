/** What a queue entry carries: names and trace context, never what people wrote. Operators see the queue. */
export interface JobEntry {
  readonly tenant: string;
  readonly jobId: string;
  readonly requestId: string;
}

export interface DeliveryEntry {
  readonly tenant: string;
  /** Null for an event that is no job's. */
  readonly jobId: string | null;
  readonly eventId: string;
  readonly deliveryId: string;
  readonly endpointId: string;
  readonly requestId: string;
}

export const queueNames = {
  synthesis: "synthesis",
  webhookDelivery: "webhook-delivery",
  housekeeping: "housekeeping",
} as const;

export type QueueName = (typeof queueNames)[keyof typeof queueNames];
