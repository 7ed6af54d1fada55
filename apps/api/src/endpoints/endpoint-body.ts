import { endpointEvents } from "@herald/shared/jobs/job";
import { z } from "zod";
import { headersSchema } from "./endpoint-headers.ts";

export interface RetryBounds {
  readonly maxRetries: number;
  readonly maxRetryDelayMs: number;
}

/** What a tenant may say of an endpoint. Whether its URL may be called takes more than the body to know. */
export function endpointFieldsSchema({ maxRetries, maxRetryDelayMs }: RetryBounds) {
  const maxSeconds = Math.floor(maxRetryDelayMs / 1000);
  return {
    url: z.string().meta({
      expects: "an `https` URL of a public address",
      description: "Where events are sent. Judged as a job's `webhook_url` is.",
    }),
    events: z
      .array(z.enum(endpointEvents))
      .min(1)
      .transform((events) => [...new Set(events)])
      .describe("Which events it is sent."),
    description: z.string().max(500).describe("For you, to tell endpoints apart."),
    headers: headersSchema.meta({
      expects: "an object of up to 20 header names and values, 4 KiB together",
      description: "Sent with each attempt. Answers show the names only. `PATCH` replaces them all.",
    }),
    enabled: z.boolean().describe("`false` pauses it: what would be sent is kept until it is `true` again."),
    retry_delays: z
      .array(z.int().min(1).max(maxSeconds))
      .max(maxRetries)
      .nullable()
      .meta({
        expects: `a list of up to ${maxRetries} whole numbers, 1 to ${maxSeconds.toLocaleString("en")}; or null`,
        description: "Seconds to wait before each retry. Null: as the operator set it for all.",
      }),
  };
}
