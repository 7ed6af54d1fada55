import { readSettings } from "@herald/platform/settings/read-settings";
import { synthesisRequestSchema } from "@herald/shared/jobs/synthesis-request";
import { createApp, type AppDeps } from "../../apps/api/src/create-app.ts";
import { cancelJobQuery } from "../../apps/api/src/jobs/cancel-job.ts";
import { createEndpointBody } from "../../apps/api/src/endpoints/create-endpoint.ts";
import { createKeyBody } from "../../apps/api/src/keys/create-key.ts";
import { listDeliveriesQuery } from "../../apps/api/src/deliveries/list-deliveries.ts";
import { listJobsQuery } from "../../apps/api/src/jobs/list-jobs.ts";
import { recoveryBody } from "../../apps/api/src/deliveries/recover-deliveries.ts";
import { rotateWebhookKeyBody } from "../../apps/api/src/webhook-keys/rotate-webhook-key.ts";
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
    routes: routeTable(createApp(unused({ maxTextChars, endpointRetries }))),
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
function unused(read: object): AppDeps {
  const metrics = { contentType: "", text: () => Promise.resolve("") };
  const all = { ...read, metrics } as unknown as AppDeps["http"] & AppDeps["jobs"];
  const board: AppDeps["board"] = (_req, _res, next) => {
    next();
  };
  const names = [
    "http",
    "jobs",
    "audio",
    "deliveries",
    "endpoints",
    "webhookKeys",
    "keys",
    "health",
  ] as const;
  return { ...Object.fromEntries(names.map((name) => [name, all])), board } as unknown as AppDeps;
}
