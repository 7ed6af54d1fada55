import type { RunningApp } from "./apps.ts";
import type { Herald } from "./herald.ts";
import { waitFor } from "./wait.ts";

/** What a request without Redis must come to, on each route that needs it. */
export interface OutageAnswer {
  readonly route: string;
  readonly status: number;
  readonly code: string | undefined;
  readonly retryAfter: string | null;
  readonly tookMs: number;
}

const JOB = "/v1/jobs/019ab0c1-0000-7000-8000-000000000000";
const SUBMISSION = { text: "Hello there.", format: "wav" };

/** Every route that asks Redis for anything. */
const ROUTES: readonly (readonly [method: string, path: string, body?: object])[] = [
  ["POST", "/v1/tts/async", SUBMISSION],
  ["GET", "/v1/jobs"],
  ["GET", JOB],
  ["DELETE", JOB],
  ["GET", `${JOB}/audio`],
  ["GET", `${JOB}/deliveries`],
  ["POST", `${JOB}/redeliver`],
  ["GET", "/v1/deliveries"],
  ["GET", "/v1/voices"],
  ["GET", "/v1/keys"],
  ["POST", "/v1/keys", { tenant: "acme", role: "viewer", name: "x" }],
  ["DELETE", "/v1/keys/key_1"],
];
const BOARD_ROUTE = ["GET", "/admin/queues/api/queues"] as const;

/** A cookie of the queue board, to be got while Redis is there. */
export async function signInToBoard({ url, apiKey }: Herald): Promise<string> {
  const response = await fetch(`${url}/admin/queues/sign-in`, {
    method: "POST",
    headers: { origin: url },
    body: new URLSearchParams({ key: apiKey }),
    redirect: "manual",
  });
  return response.headers.get("set-cookie")?.split(";")[0] ?? "";
}

/** Asks all routes at once. The board's own needs a session, as a browser has one; null leaves it out. */
export function askEveryRoute({ client }: Herald, session: string | null): Promise<readonly OutageAnswer[]> {
  return Promise.all(
    (session === null ? ROUTES : [...ROUTES, BOARD_ROUTE]).map(async ([method, path, body]) => {
      const begun = performance.now();
      const response = await client.request(path, {
        method,
        headers: { cookie: session ?? "" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const answer = (await response.json()) as { readonly error?: { readonly code?: string } };
      return {
        route: `${method} ${path}`,
        status: response.status,
        code: answer.error?.code,
        retryAfter: response.headers.get("retry-after"),
        tookMs: performance.now() - begun,
      };
    }),
  );
}

/** How long it takes from now until the API accepts jobs and every worker has worked on one. */
export async function msUntilBack({ client, synthesisWorkers }: Herald): Promise<number> {
  const begun = performance.now();
  const marks = synthesisWorkers.map((worker) => worker.output().length);
  const isAccepting = () => client.submit(SUBMISSION).then(Boolean, () => false);
  const isAtWork = (worker: RunningApp, i: number): boolean =>
    worker.output().slice(marks[i]).includes("synthesis.attempted");

  // More and more work, so that there is some for each.
  const areAtWork = async () => (await isAccepting()) && synthesisWorkers.every(isAtWork);
  await waitFor(areAtWork, { what: "the API to accept, and every worker to work" });
  return performance.now() - begun;
}
