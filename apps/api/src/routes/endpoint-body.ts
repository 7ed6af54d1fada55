import { endpointEvents } from "@herald/shared/job";
import { z } from "zod";
import { headersSchema } from "./endpoint-headers.ts";

export interface RetryBounds {
  readonly maxRetries: number;
  readonly maxRetryDelayMs: number;
}

/** What a tenant may say of an endpoint. Whether its URL may be called takes more than the body to know. */
export function endpointFieldsSchema({ maxRetries, maxRetryDelayMs }: RetryBounds) {
  return {
    url: z.string(),
    events: z
      .array(z.enum(endpointEvents))
      .min(1)
      .transform((events) => [...new Set(events)]),
    description: z.string().max(500),
    headers: headersSchema,
    enabled: z.boolean(),
    /** Whole seconds. Null: the operator's schedule. */
    retry_delays: z
      .array(
        z
          .int()
          .min(1)
          .max(Math.floor(maxRetryDelayMs / 1000)),
      )
      .max(maxRetries)
      .nullable(),
  };
}
