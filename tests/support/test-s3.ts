import { fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { resolve } from "node:path";

export interface TestS3 {
  /** A STORAGE_URL under a prefix that nobody else uses; `endpoint` in place of the server's own, as a proxy's. */
  storageUrl(endpoint?: string): string;
  readonly endpoint: string;
  /** What a process needs beside STORAGE_URL. */
  readonly env: Readonly<Record<string, string>>;
  readonly stop: () => Promise<void>;
}

const BUCKET = "herald-test";
/** For servers that do not look at them. */
const CREDENTIALS = { AWS_ACCESS_KEY_ID: "herald", AWS_SECRET_ACCESS_KEY: "not-a-secret" };

/**
 * The server at S3_TEST_URL, a STORAGE_URL whose credentials are in the environment; without it, one that is started here
 * and ends with the test process. docs/storage.md says which, and why. The credentials are set in this process too.
 */
export async function openTestS3(): Promise<TestS3> {
  const given = process.env["S3_TEST_URL"];
  if (given !== undefined && given !== "") return describeServer(new URL(given), () => Promise.resolve());
  const { endpoint, stop } = await startServer();
  setTestCredentials();
  return describeServer(new URL(`s3://${BUCKET}?endpoint=${endpoint}`), stop);
}

/** In the environment, where the SDK looks for them; those that are there stay. */
export function setTestCredentials(): void {
  Object.assign(process.env, { ...CREDENTIALS, ...Object.fromEntries(awsVariables()) });
}

function awsVariables(): [string, string][] {
  return Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[0].startsWith("AWS_") && entry[1] !== undefined,
  );
}

function describeServer(base: URL, stop: TestS3["stop"]): TestS3 {
  const own = base.searchParams.get("endpoint") ?? "";
  return {
    endpoint: own,
    env: Object.fromEntries(awsVariables()),
    storageUrl(endpoint = own) {
      const url = new URL(base);
      url.pathname = `${base.pathname.replace(/\/$/, "")}/${randomUUID()}`;
      if (endpoint !== "") url.searchParams.set("endpoint", endpoint);
      return url.href;
    },
    stop,
  };
}

async function startServer() {
  const child = fork(resolve("tests/fixtures/s3-server.mjs"), {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const [{ port }] = (await once(child, "message")) as [{ port: number }];
  const endpoint = `http://127.0.0.1:${port}`;
  await fetch(`${endpoint}/${BUCKET}`, { method: "PUT" });
  return {
    endpoint,
    stop: async () => {
      const exited = once(child, "exit");
      child.kill();
      await exited;
    },
  };
}
