import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Where a private Redis listens. Kept beside its data while it runs, so that the next start finds one left behind. */
export interface RedisEndpoint {
  readonly port: number;
  readonly password: string;
}

export function endpointFile(directory: string): string {
  return join(directory, "endpoint.json");
}

export function endpointUrl({ port, password }: RedisEndpoint): string {
  return `redis://:${password}@127.0.0.1:${port}`;
}

export async function rememberEndpoint(directory: string, endpoint: RedisEndpoint): Promise<void> {
  await forgetEndpoint(directory);
  await writeFile(endpointFile(directory), JSON.stringify(endpoint), { mode: 0o600, flag: "wx" });
}

export async function forgetEndpoint(directory: string): Promise<void> {
  await rm(endpointFile(directory), { force: true });
}

/** Null when none is remembered; a file that was cut off in the middle of writing names none either. */
export async function recallEndpoint(directory: string): Promise<RedisEndpoint | null> {
  const text = await readFile(endpointFile(directory), "utf8").catch(() => "");
  try {
    const { port, password } = JSON.parse(text) as Partial<RedisEndpoint>;
    return typeof port === "number" && typeof password === "string" ? { port, password } : null;
  } catch {
    return null;
  }
}
