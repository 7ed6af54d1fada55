import { Counter, type Registry } from "prom-client";

const GIVE_UP_REASONS = ["exhausted", "gone", "refused_by_us", "endpoint_deleted"] as const;

/** The housekeeper gives up as well: a delivery whose last attempt was made, but whose worker did not live to say so. */
export function webhooksGivenUp(registry: Registry) {
  const givenUp = new Counter({
    name: "herald_webhooks_given_up_total",
    help: "Webhooks that will not be tried again: all attempts failed (`exhausted`), the receiver answered 410 (`gone`), the address guard refused the URL (`refused_by_us`), or its endpoint was deleted (`endpoint_deleted`). The receiver does not know.",
    labelNames: ["reason"] as const,
    registers: [registry],
  });
  for (const reason of GIVE_UP_REASONS) givenUp.inc({ reason }, 0);
  return givenUp;
}
