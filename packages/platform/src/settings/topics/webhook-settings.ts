import { MAX_RETRIES } from "@herald/shared/jobs/job";
import { API, WEBHOOKS, ENDING_JOBS, setting } from "../values/setting.ts";
import * as value from "../values/value-schemas.ts";

const DEFAULT_RETRY_DELAYS = "2s,4s,8s";
/** Over three days, as Standard Webhooks suggests, with one try more for a receiver that is being deployed. */
const STANDARD_RETRY_DELAYS = "5s,30s,5m,30m,2h,5h,10h,14h,20h,24h";

/** When webhooks are sent, how many at once, and to where they may go. */
export const WEBHOOK_SETTINGS = {
  WEBHOOK_RETRY_DELAYS: setting({
    schema: value.orNamed({ standard: STANDARD_RETRY_DELAYS }, value.listOf(value.duration("100ms", "30d"))),
    byDefault: DEFAULT_RETRY_DELAYS,
    description: `Waits between the attempts at a webhook; one attempt more than there are waits. \`standard\` is \`${STANDARD_RETRY_DELAYS}\`.`,
    readBy: [...ENDING_JOBS, ...WEBHOOKS],
  }),
  WEBHOOK_RETRY_JITTER: setting({
    schema: value.integer(0, 100),
    byDefault: undefined,
    defaultText: `\`20\`; \`0\` for \`${DEFAULT_RETRY_DELAYS}\`, which is kept exactly`,
    description:
      "By how many percent each wait between attempts may be shorter or longer, an endpoint's own `retry_delays` too.",
    readBy: WEBHOOKS,
  }),
  WEBHOOK_MAX_RETRIES: setting({
    schema: value.integer(0, MAX_RETRIES),
    byDefault: "20",
    description: "How many `retry_delays` an endpoint may have.",
    readBy: API,
  }),
  WEBHOOK_MAX_RETRY_DELAY: setting({
    schema: value.duration("1s", "30d"),
    byDefault: "24h",
    description: "The longest of them that is allowed.",
    readBy: API,
  }),
  WEBHOOK_TIMEOUT: setting({
    schema: value.duration("100ms", "5m"),
    byDefault: "10s",
    description: "Deadline of a whole attempt, from looking up the name to the last byte of the answer.",
    readBy: WEBHOOKS,
  }),
  WEBHOOK_ALLOW_CIDRS: setting({
    schema: value.emptyOr(value.listOf(value.cidr)),
    byDefault: "",
    description:
      "Ranges that webhooks may reach although they are not public, also by plain http: `10.20.0.0/16,::1/128`.",
    readBy: [...API, ...WEBHOOKS],
  }),
  WEBHOOK_ALLOW_HTTP: setting({
    schema: value.boolean,
    byDefault: "false",
    description: "Whether plain http is accepted for public addresses.",
    readBy: [...API, ...WEBHOOKS],
  }),
  WEBHOOK_PORTS: setting({
    schema: value.emptyOr(value.listOf(value.portRange)),
    byDefault: "",
    description:
      "The only ports that webhooks may go to. Empty: 80, 443, and all from 1024 on but those of databases and the like.",
    readBy: [...API, ...WEBHOOKS],
  }),
  WEBHOOK_PROXY_URL: setting({
    schema: value.proxyUrl,
    byDefault: undefined,
    description:
      "Proxy through which every webhook goes, by CONNECT. It resolves the names, and so has to keep private addresses closed; see docs/webhooks-operations.md.",
    readBy: WEBHOOKS,
    secret: true,
  }),
  WEBHOOK_DISABLE_AFTER: setting({
    schema: value.orNamed({ never: "0s" }, value.duration("0s", "365d")),
    byDefault: "5d",
    description:
      "An endpoint that fails for as long, at least 20 times and without a success between, is disabled; its tenant is warned half-way. `never`: it is not.",
    readBy: WEBHOOKS,
  }),
  WEBHOOK_CONCURRENCY: setting({
    schema: value.integer(1, 1000),
    byDefault: "64",
    description: "Webhooks that one worker sends at once.",
    readBy: WEBHOOKS,
  }),
  WEBHOOK_ENDPOINT_CONCURRENCY: setting({
    schema: value.integer(1, 1000),
    byDefault: "5",
    description: "Webhooks that are under way to one endpoint at once, over all workers.",
    readBy: WEBHOOKS,
  }),
  WEBHOOK_ENDPOINT_RATE: setting({
    schema: value.integer(0, 100_000),
    byDefault: "1000",
    description:
      "Webhooks that one endpoint gets per second, over all workers; what it did not get in the last second may come at once. `0`: no limit.",
    readBy: WEBHOOKS,
  }),
};
