import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import type { Job } from "@herald/shared/jobs/job";
import type { JobLinks } from "@herald/shared/jobs/present-job";
import type { LogFields, LogLevel } from "@herald/platform/logging/logger";
import { generateApiKey, hashApiKey } from "@herald/shared/signing/api-key";
import type { ApiKey, Role } from "../api-keys/api-key-store.ts";
import type { JobSubmission } from "@herald/jobs/admission/create-job";
import request from "supertest";
import { createApp, type AppDeps } from "../create-app.ts";
import type { RequestFacts } from "../http/observe-requests.ts";
import { fakeEndpoints } from "./fake-endpoints.ts";
import { AUDIO_BYTES, fakeJob, NOW, TENANT } from "./fake-job.ts";

export interface LogLine extends LogFields {
  readonly level: LogLevel;
  readonly event: string;
}

/** Those of all resources, which need not be told apart here. */
export type AllDeps = AppDeps["http"] &
  AppDeps["jobs"] &
  AppDeps["audio"] &
  AppDeps["deliveries"] &
  AppDeps["endpoints"] &
  AppDeps["webhookKeys"] &
  AppDeps["keys"] &
  AppDeps["health"] &
  Pick<AppDeps, "board">;

const links: JobLinks = { audioUrl: (job) => `http://localhost/v1/jobs/${job.id}/audio?token=t` };

/** The app on stores in memory, and everything it did to them. `overrides` replaces single dependencies. */
export function setupApp(overrides: Partial<AllDeps> = {}) {
  const jobs = new Map<string, Job>();
  const submissions: JobSubmission[] = [];
  const lines: LogLine[] = [];
  const observed: RequestFacts[] = [];
  const keys = new Map<string, ApiKey>();
  const touched: string[] = [];

  function addKey(role: Role, tenant = TENANT): string {
    const key = generateApiKey();
    keys.set(hashApiKey(key), apiKey(role, tenant));
    return key;
  }
  function log(level: LogLevel) {
    return (event: string, fields: LogFields = {}) => {
      lines.push({ level, event, ...fields });
    };
  }

  const endpoints = fakeEndpoints();
  const all: AllDeps = {
    apiKeys: {
      findByHash: (hash) => Promise.resolve(keys.get(hash) ?? null),
      list: () => Promise.resolve([...keys.values()]),
      create({ hash, now, ...fields }) {
        const key = { ...apiKey(fields.role, fields.tenant), ...fields, createdAt: now };
        keys.set(hash, key);
        return Promise.resolve(key);
      },
      remove(keyId) {
        const known = [...keys].find(([, key]) => key.keyId === keyId);
        keys.delete(known?.[0] ?? "");
        return Promise.resolve(known === undefined ? "missing" : "removed");
      },
      touch(hash) {
        touched.push(keys.get(hash)?.keyId ?? "");
        return Promise.resolve();
      },
    },
    jobs: {
      find({ tenant, jobId }) {
        const job = jobs.get(jobId);
        return Promise.resolve(job?.tenant === tenant ? job : null);
      },
      list: () => Promise.resolve({ jobs: [...jobs.values()], hasMore: false, lastJobId: null }),
    },
    createJob(submission) {
      submissions.push(submission);
      const job = fakeJob({ tenant: submission.tenant, request: submission.request });
      return Promise.resolve({ job, replayed: false, left: { requests: null, chars: null } });
    },
    finishJob(job, ending) {
      jobs.set(job.id, { ...job, status: ending.to, finishedAt: ending.at });
      return Promise.resolve("applied");
    },
    dequeue: () => Promise.resolve(),
    announceCancellation: () => Promise.resolve(),
    signingKeys: {
      list: () => Promise.resolve([]),
      rotate: (_owner, { version }) =>
        Promise.resolve({ key: { ...SIGNING_KEY, version }, previousExpiresAt: null }),
      remove: () => Promise.resolve(),
    },
    deliveries: {
      find: () => Promise.resolve(null),
      list: () => Promise.resolve({ deliveries: [], hasMore: false, last: null }),
      idsOf: () => Promise.resolve([]),
      attempts: () => Promise.resolve([]),
    },
    recoveries: {
      start: () => Promise.reject(new Error("no recovery is expected")),
      find: () => Promise.resolve(null),
      end: () => Promise.resolve("stale"),
    },
    redeliver: () => Promise.resolve("stale"),
    limitTests: () => Promise.resolve(null),
    sendExamples: () => Promise.resolve([]),
    endpoints,
    storage: { open: (_key, range) => Promise.resolve(readable(range)) },
    verifyAudioLink: (_jobId, token) => (token === "genuine" ? { tenant: TENANT } : "invalid"),
    endpointRetries: { maxRetries: 3, maxRetryDelayMs: 3_600_000 },
    parseWebhookUrl: (text) => new URL(text),
    checks: () => Promise.resolve({ redis: "ok" as const }),
    metrics: { contentType: "text/plain", text: () => Promise.resolve("up 1\n") },
    logger: { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") },
    onRequest: (facts) => observed.push(facts),
    links,
    now: () => NOW,
    defaultLimits: {},
    maxPendingJobs: 1000,
    defaultVoice: "en-us",
    maxTextChars: 100,
    bodyLimitBytes: 2000,
    board(_req, _res, next) {
      next();
    },
    ...overrides,
  };
  const app = createApp({
    http: all,
    jobs: all,
    audio: all,
    deliveries: all,
    endpoints: all,
    webhookKeys: all,
    keys: all,
    health: all,
    board: all.board,
  });
  const key = addKey("consumer");
  return {
    app,
    api: request(app),
    key,
    addKey,
    keys,
    jobs,
    endpoints,
    submissions,
    lines,
    observed,
    touched,
  };
}

export const SIGNING_KEY = {
  keyId: "whk_1",
  secret: Buffer.alloc(32, 7),
  sealed: "",
  publicKey: null,
  createdAt: NOW.getTime(),
  expiresAt: null,
};

function apiKey(role: Role, tenant: string): ApiKey {
  return {
    keyId: `key_${randomUUID()}`,
    tenant,
    role,
    name: "",
    limits: {},
    createdAt: NOW,
    lastUsedAt: null,
  };
}

function readable(range = { start: 0, end: AUDIO_BYTES.length - 1 }): Readable {
  return Readable.from([AUDIO_BYTES.subarray(range.start, range.end + 1)]);
}
