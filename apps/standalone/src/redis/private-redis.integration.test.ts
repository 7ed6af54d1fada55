import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo, type Server } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import type { Redis } from "ioredis";
import { bringUpRedis } from "../bring-up-redis.ts";
import { readLaunchSettings } from "../settings.ts";
import { hasApiKeys } from "../api-key.ts";
import { connectOnce } from "./client.ts";
import { endpointFile } from "./endpoint.ts";
import { ensureRedis } from "./ensure-redis.ts";
import { startPrivateRedis, type PrivateRedis } from "./private-redis.ts";

let directory: string;
let redis: PrivateRedis | undefined;
let silent: Server | undefined;

beforeEach(async () => {
  // A space and a quote: paths are the user's to choose.
  directory = await mkdtemp(join(tmpdir(), `herald "private" redis-`));
});

afterEach(async () => {
  silent?.close();
  silent = undefined;
  await redis?.stop();
  redis = undefined;
  await rm(directory, { recursive: true });
});

const say = (): void => undefined;

async function start(): Promise<PrivateRedis> {
  const executable = await ensureRedis({ searchPath: process.env["PATH"] ?? "", isRoot: false, say });
  redis = await startPrivateRedis({ executable, directory, say });
  return redis;
}

async function withClient<T>(url: string, use: (client: Redis) => Promise<T>): Promise<T> {
  const client = await connectOnce(url);
  try {
    return await use(client);
  } finally {
    client.disconnect();
  }
}

it.each([
  ["appendonly", "yes"],
  ["appendfsync", "everysec"],
  ["maxmemory-policy", "noeviction"],
  ["save", ""],
  ["bind", "127.0.0.1"],
])("runs Redis with %s %s", async (name, value) => {
  const { url } = await start();

  expect(await withClient(url, (client) => client.config("GET", name))).toEqual([name, value]);
});

it("finds its data again", async () => {
  const first = await start();
  await withClient(first.url, (client) => client.set("kept", "yes"));
  await first.stop();

  const second = await start();

  expect(await withClient(second.url, (client) => client.get("kept"))).toBe("yes");
});

it("lets nobody in without the password, which is new each time and on no command line", async () => {
  const { url } = await start();
  const { password } = new URL(url);
  const wrong = url.replace(password, "guess");
  await expect(connectOnce(wrong)).rejects.toThrow("WRONGPASS");
  const pid = await withClient(
    url,
    async (client) => /process_id:(\d+)/.exec(await client.info())?.[1] ?? "",
  );
  expect(await readFile(`/proc/${pid}/cmdline`, "utf8")).not.toContain(password);
  await redis?.stop();

  expect(new URL((await start()).url).password).not.toBe(password);
});

it("says why Redis does not start", async () => {
  const executable = await ensureRedis({ searchPath: process.env["PATH"] ?? "", isRoot: false, say });
  await writeFile(join(directory, "appendonlydir"), "in the way");

  await expect(startPrivateRedis({ executable, directory, say })).rejects.toThrow(
    /did not start\.\n.*append-only dir/s,
  );
});

it("refuses to start beside something that may be its Redis and does not answer", async () => {
  silent = createServer(() => undefined).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as AddressInfo;
  await writeFile(endpointFile(directory), JSON.stringify({ port, password: "old" }));

  await expect(start()).rejects.toThrow(`Port ${port} of this machine`);
});

it("does not mind another Redis on the port where its own was", async () => {
  const { port } = new URL(process.env["HERALD_TEST_REDIS_URL"] ?? "");
  await writeFile(endpointFile(directory), JSON.stringify({ port: Number(port), password: "old" }));

  await expect(start()).resolves.toBeDefined();
});

it("knows whether Redis has API keys", async () => {
  const { url } = await start();
  expect(await hasApiKeys(url, "herald")).toBe(false);

  await withClient(url, (client) => client.hset("{herald}:api-keys", "id", "hash"));

  expect(await hasApiKeys(url, "herald")).toBe(true);
  expect(await hasApiKeys(url, "another")).toBe(false);
});

it("uses the operator's Redis and leaves it running", async () => {
  const { url } = await start();
  const signal = new AbortController().signal;

  const used = await bringUpRedis(readLaunchSettings({ REDIS_URL: url }, "/"), {
    searchPath: "",
    isRoot: false,
    say,
    signal,
  });
  await used.stop();

  expect(used.url).toBe(url);
  await expect(withClient(url, (client) => client.ping())).resolves.toBe("PONG");
});

it("says which Redis does not answer, without its password", async () => {
  const settings = readLaunchSettings({ REDIS_URL: "redis://user:secret@127.0.0.1:1/0" }, "/");
  const signal = new AbortController().signal;

  const refused = bringUpRedis(settings, { searchPath: "", isRoot: false, say, signal });

  await expect(refused).rejects.toThrow("REDIS_URL (redis://***@127.0.0.1:1/0) cannot be used");
  await expect(refused).rejects.not.toThrow("secret");
});
