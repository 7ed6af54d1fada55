import { randomUUID } from "node:crypto";
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Pool } from "undici";
import type { Stoppable } from "@herald/shared/stoppable";
import { generateApiKey } from "@herald/shared/signing/api-key";
import { startApp } from "../tests/support/apps.ts";
import { heraldEnv } from "../tests/support/herald-env.ts";
import { freePort, waitFor } from "../tests/support/wait.ts";

const CONNECTIONS = 32;
export const TEXT = "The quick brown fox jumps over the lazy dog. ".repeat(5).slice(0, 200);
const BODY = JSON.stringify({ text: TEXT, format: "wav" });
const JSON_BODY = { "content-type": "application/json" };

/** What lets submissions in, and how it is addressed. */
export interface Subject extends Stoppable {
  readonly pid: number;
  readonly redisUrl: string;
  readonly pool: Pool;
  readonly headers: () => Record<string, string>;
}

/** Answers how many a second were let in. */
export async function post(
  { pool, headers }: Pick<Subject, "pool" | "headers">,
  jobs: number,
): Promise<number> {
  let next = 0;
  const submit = async (): Promise<void> => {
    while (next++ < jobs) {
      const request = { path: "/v1/tts/async", method: "POST", headers: headers(), body: BODY } as const;
      const answer = await pool.request(request);
      if (answer.statusCode !== 202) throw new Error(`${answer.statusCode}: ${await answer.body.text()}`);
      await answer.body.dump();
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: CONNECTIONS }, submit));
  return jobs / ((performance.now() - start) / 1000);
}

/** An API process of Herald, with every limit on and none in the way. */
export async function startHerald(redisUrl: string): Promise<Subject> {
  const directory = await mkdtemp(join(tmpdir(), "herald-bench-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const apiKey = generateApiKey();
  const api = startApp("api", {
    ...heraldEnv({ redisUrl, audioDirectory: directory, url }),
    BOOTSTRAP_API_KEY: apiKey,
    PORT: String(port),
    KEY_REQUESTS_PER_MINUTE: "1000000000",
    KEY_CHARS_PER_MINUTE: "1000000000000",
    TENANT_MAX_PENDING_JOBS: "100000000",
    TENANT_CHARS_PER_MONTH: "1000000000000",
    MAX_PENDING_JOBS: "100000000",
    STORAGE_MAX_BYTES: "1TiB",
  });
  const pool = new Pool(url, { connections: CONNECTIONS });
  const authorization = `Bearer ${apiKey}`;
  const headers = () => ({ ...JSON_BODY, authorization, "idempotency-key": randomUUID() });
  const isServing = () =>
    post({ pool, headers }, 1).then(
      () => true,
      () => false,
    );
  await waitFor(isServing, { what: "the API's first answer" });
  return {
    pid: api.pid,
    redisUrl,
    pool,
    headers,
    async stop() {
      await pool.close();
      await api.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export async function startBare(redisUrl: string): Promise<Subject> {
  const bareApi = fork(fileURLToPath(new URL("bare-api.ts", import.meta.url)), [redisUrl]);
  const [port] = (await once(bareApi, "message")) as [number];
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: CONNECTIONS });
  return {
    pid: bareApi.pid ?? 0,
    redisUrl,
    pool,
    headers: () => JSON_BODY,
    async stop() {
      await pool.close();
      bareApi.disconnect();
    },
  };
}
