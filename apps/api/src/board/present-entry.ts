import { isJobId } from "@herald/shared/jobs/ids";
import { isEndpointId } from "@herald/shared/webhooks/webhook-ids";
import { queueNames } from "@herald/queue/queues/entries";
import { housekeepingTasks } from "@herald/queue/queues/housekeeping";
import { presentReason } from "./known-reasons.ts";

/** Something that came out of Redis as JSON. */
type Raw = Readonly<Record<string, unknown>>;

/**
 * What the board may show of an entry. It is built from what is known to be harmless, not by taking out what is known to
 * be harmful: a field that BullMQ, the board or a fault of ours adds tomorrow is not shown.
 */
export function presentEntry(entry: Raw, showTenant: boolean): Raw {
  const failedReason = presentReason(entry["failedReason"]);
  return {
    ...pickNumbers(entry, ENTRY_NUMBERS),
    id: entry["id"],
    name: presentName(entry["name"]),
    data: presentData(recordOf(entry["data"]), showTenant),
    opts: presentOptions(recordOf(entry["opts"])),
    progress: 0,
    returnValue: null,
    failedReason,
    stacktrace: failedReason === "" ? [] : [failedReason],
    isFailed: failedReason !== "",
  };
}

const ENTRY_NUMBERS = [
  "timestamp",
  "processedOn",
  "finishedOn",
  "attempts",
  "attemptsStarted",
  "delay",
  "priority",
  "stalledCounter",
];

const NAMES: ReadonlySet<unknown> = new Set([...Object.values(queueNames), ...housekeepingTasks]);

export function presentName(name: unknown): string {
  return NAMES.has(name) ? String(name) : "unknown";
}

const TENANT = /^[a-z0-9][a-z0-9_-]{0,62}$/;

/** Not `requestId`: the client chose it. */
function presentData({ jobId, eventId, endpointId, tenant, task }: Raw, showTenant: boolean): Raw {
  return {
    ...(isText(jobId) && isJobId(jobId) && { jobId }),
    ...(isText(eventId) && isJobId(eventId.replace(/^evt_/, "")) && { eventId }),
    ...(isText(endpointId) && isEndpointId(endpointId) && { endpointId }),
    ...(showTenant && isText(tenant) && TENANT.test(tenant) && { tenant }),
    ...(NAMES.has(task) && { task }),
  };
}

function presentOptions(opts: Raw): Raw {
  const backoff = recordOf(opts["backoff"]);
  const type = ["exponential", "schedule"].find((known) => known === backoff["type"]);
  return {
    ...pickNumbers(opts, ["attempts", "delay", "priority"]),
    ...(type !== undefined && { backoff: { type, ...pickNumbers(backoff, ["delay"]) } }),
  };
}

export function pickNumbers(from: Raw, names: readonly string[]): Raw {
  return Object.fromEntries(names.filter((name) => typeof from[name] === "number").map((n) => [n, from[n]]));
}

export function recordOf(value: unknown): Raw {
  return typeof value === "object" && value !== null ? (value as Raw) : {};
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}
