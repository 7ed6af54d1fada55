import type { RequestHandler } from "express";

export interface MetricsDeps {
  readonly metrics: {
    readonly contentType: string;
    readonly text: () => Promise<string>;
  };
}

/** GET /metrics: without a key, as scrapers expect. It names no tenant and no job. */
export function metrics({ metrics: { contentType, text } }: MetricsDeps): RequestHandler {
  return async (_req, res) => {
    res.set("content-type", contentType).send(await text());
  };
}
