import { readSettings } from "@herald/shared/config";
import { synthesisRequestSchema } from "@herald/shared/job";
import { createApp, type AppDeps } from "../create-app.ts";
import { cancelJobQuery } from "../routes/cancel-job.ts";
import { createEndpointBody } from "../routes/create-endpoint.ts";
import { createKeyBody } from "../routes/create-key.ts";
import { listDeliveriesQuery } from "../routes/list-deliveries.ts";
import { listJobsQuery } from "../routes/list-jobs.ts";
import { recoveryBody } from "../routes/recover-deliveries.ts";
import { rotateWebhookKeyBody } from "../routes/rotate-webhook-key.ts";
import { errorTable } from "./error-table.ts";
import { fieldTable } from "./field-table.ts";
import { routeTable } from "./route-table.ts";

const BLOCK = /(?<=<!-- from the code: ([\w-]+) -->\n)[^]*?(?=<!-- end -->)/g;

/** docs/api.md with its tables made anew; the prose between them is written by hand. */
export function renderReference(page: string): string {
  const tables = referenceTables();
  return page.replaceAll(BLOCK, (_block, name: string) => {
    const table = tables[name];
    if (table === undefined) throw new Error(`there is no table ${name}`);
    return `\n${table}\n`;
  });
}

export function referenceTables(): Readonly<Record<string, string>> {
  const defaults = readSettings({}, ["MAX_TEXT_CHARS", "WEBHOOK_MAX_RETRIES", "WEBHOOK_MAX_RETRY_DELAY"]);
  const maxTextChars = defaults.MAX_TEXT_CHARS;
  const endpointRetries = {
    maxRetries: defaults.WEBHOOK_MAX_RETRIES,
    maxRetryDelayMs: defaults.WEBHOOK_MAX_RETRY_DELAY,
  };
  return {
    routes: routeTable(createApp({ ...UNUSED, maxTextChars, endpointRetries })),
    "job-fields": fieldTable(synthesisRequestSchema({ maxTextChars })),
    "list-jobs-fields": fieldTable(listJobsQuery),
    "cancel-job-fields": fieldTable(cancelJobQuery),
    "list-deliveries-fields": fieldTable(listDeliveriesQuery),
    "recovery-fields": fieldTable(recoveryBody),
    "endpoint-fields": fieldTable(createEndpointBody(endpointRetries)),
    "key-fields": fieldTable(createKeyBody({ maxPendingJobs: Infinity })),
    "webhook-key-fields": fieldTable(rotateWebhookKeyBody),
    errors: errorTable(),
  };
}

/** This app is looked at and asked nothing, so what its routes would reach need not be there. */
const UNUSED = {
  metrics: { contentType: "", text: () => Promise.resolve("") },
  board(_req, _res, next) {
    next();
  },
} satisfies Partial<AppDeps> as unknown as AppDeps;
