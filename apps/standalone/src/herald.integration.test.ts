import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { waitFor } from "../../../tests/support/wait.ts";
import { APPS } from "./apps.ts";
import { findFreePort } from "./machine/ports.ts";
import { killGroup } from "./processes/process-end.ts";
import { connectOnce } from "./redis/client.ts";
import { endpointUrl, recallEndpoint } from "./redis/endpoint.ts";

// The built launcher, as `npm start` runs it, beside fake apps.
let root: string;
let dataDirectory: string;
let other: Server | undefined;
const launchers: ChildProcess[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "herald-launcher-"));
  dataDirectory = join(root, "data");
  await symlink(resolve("node_modules"), join(root, "node_modules"));
  await cp(resolve("apps/standalone/dist"), join(root, "apps/standalone/dist"), { recursive: true });
  await cp(resolve("apps/standalone/package.json"), join(root, "apps/standalone/package.json"));
  for (const app of APPS) {
    const directory = join(root, "apps", app, "dist");
    await mkdir(directory, { recursive: true });
    const fixture = JSON.stringify(resolve("tests/fixtures/fake-app.cjs"));
    await writeFile(join(directory, "main.js"), `require(${fixture})("${app}")`);
  }
});

afterEach(async () => {
  other?.close();
  other = undefined;
  for (const launcher of launchers.splice(0)) killGroup(launcher);
  for (const { pid } of await events()) kill(pid);
  await rm(root, { recursive: true, force: true, maxRetries: 20 });
});

function launch(args: readonly string[] = [], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(root, "apps/standalone/dist/main.js"), ...args], {
    cwd: root,
    env: { PATH: process.env["PATH"], DATA_DIR: dataDirectory, ...env },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
  const launcher = {
    child,
    output: () => output,
    exited: once(child, "close").then(([code]) => code as number | null),
    ready: () => waitFor(() => output.includes("Herald is ready"), { what: "Herald to be ready" }),
  };
  launchers.push(child);
  return launcher;
}

async function start(env: Record<string, string> = {}) {
  const port = env["PORT"] ?? String(await findFreePort());
  const launcher = launch(["--port", port], env);
  await launcher.ready().catch(() => {
    throw new Error(launcher.output());
  });
  for (const app of APPS) await waitFor(async () => (await pidsOf(app)).some(isRunning), { what: app });
  return { ...launcher, url: `http://127.0.0.1:${port}` };
}

async function events() {
  const text = await readFile(join(dataDirectory, "events"), "utf8").catch(() => "");
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map((line) => {
    const [app = "", event = "", pid = ""] = line.split(" ");
    return { app, event, pid: Number(pid) };
  });
}

async function pidsOf(app: string): Promise<number[]> {
  return (await events()).filter((one) => one.app === app && one.event === "started").map(({ pid }) => pid);
}

function kill(pid: number | undefined): void {
  if (pid === undefined) throw new Error("no process to kill");
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Already gone.
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** 0 while it does not answer. */
async function redisPid(): Promise<number> {
  const endpoint = await recallEndpoint(join(dataDirectory, "redis"));
  if (endpoint === null) return 0;
  const redis = await connectOnce(endpointUrl(endpoint)).catch(() => null);
  const info = (await redis?.info()) ?? "";
  redis?.disconnect();
  return Number(/process_id:(\d+)/.exec(info)?.[1] ?? 0);
}

async function keeperPid({ pid = 0 }: ChildProcess): Promise<number> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
  for (const child of children.trim().split(" ")) {
    const commandLine = await readFile(`/proc/${child}/cmdline`, "utf8");
    if (commandLine.includes("herald-redis-keeper")) return Number(child);
  }
  throw new Error("Redis has no keeper");
}

it("starts four processes, and says how to use them with a line that works", async () => {
  const { output, url } = await start();

  expect(
    (await events())
      .filter(({ event }) => event === "started")
      .map(({ app }) => app)
      .sort(),
  ).toEqual([...APPS].sort());
  expect(output()).toMatch(
    new RegExp(`curl -sS ${url}/v1/tts/async -H "Authorization: Bearer hk_[\\w-]{43}"`),
  );
});

it("stops Redis last, when all others have stopped, and leaves no process behind", async () => {
  const first = await start();
  const redis = await redisPid();

  first.child.kill("SIGTERM");

  expect(await first.exited).toBe(0);
  const seen = await events();
  expect(seen.filter(({ event }) => event === "stopped")).toHaveLength(4);
  expect([redis, ...seen.map(({ pid }) => pid)].filter(isRunning)).toEqual([]);
  const second = await start();
  expect(await (await fetch(`${second.url}/stops`)).text()).toBe("4");
});

it("shows the first key once, and finds it again at the next start", async () => {
  const first = await start();
  first.child.kill("SIGINT");
  await first.exited;

  const second = await start();

  expect(first.output()).toMatch(/hk_[\w-]{43}/);
  expect(second.output()).not.toMatch(/hk_[\w-]{43}/);
  expect(second.output()).toContain("the one shown at the first start");
});

it("keeps its data directory and its secrets to their owner, and the first key out of it", async () => {
  const { output } = await start();

  expect((await stat(dataDirectory)).mode & 0o777).toBe(0o700);
  const file = join(dataDirectory, "secrets.json");
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await stat(join(dataDirectory, "redis/endpoint.json"))).mode & 0o777).toBe(0o600);
  const key = /hk_[\w-]{43}/.exec(output())?.[0] ?? "none";
  expect(await readFile(file, "utf8")).not.toContain(key);
});

it("refuses a second start on the same data directory, and leaves the first alone", async () => {
  const first = await start();

  const second = launch(["--port", String(await findFreePort())]);

  expect(await second.exited).toBe(1);
  expect(second.output()).toContain(`already running on ${dataDirectory}`);
  expect((await fetch(first.url)).status).toBe(200);
});

it("starts a crashed process again", async () => {
  const { output } = await start();
  const [first] = await pidsOf("synthesis-worker");

  kill(first);

  await waitFor(async () => (await pidsOf("synthesis-worker")).length === 2, { what: "a second worker" });
  expect(output()).toContain("synthesis-worker ended (signal SIGKILL): starting it again in 0.5 s");
});

it("starts a crashed Redis again, in the same place and with its data", async () => {
  const { url } = await start();
  const first = await redisPid();
  await fetch(url);

  kill(first);

  const isReplaced = async (): Promise<boolean> => ![0, first].includes(await redisPid());
  await waitFor(isReplaced, { what: "another Redis" });
  expect((await fetch(`${url}/stops`, { signal: AbortSignal.timeout(5000) })).status).toBe(200);
});

describe("when the launcher is killed", () => {
  it("the processes stop by themselves, and Redis after them", async () => {
    const first = await start();
    const redis = await redisPid();

    kill(first.child.pid);

    await waitFor(() => !isRunning(redis), { what: "Redis to stop" });
    const seen = await events();
    expect(seen.filter(({ event }) => event === "orphaned")).toHaveLength(4);
    expect(seen.filter(({ event }) => event === "stopped")).toHaveLength(4);
    expect(seen.map(({ pid }) => pid).filter(isRunning)).toEqual([]);
  });

  it("the next start, made at once on the same port, waits for what is left and finds the data", async () => {
    const first = await start({ FAKE_API: "stops-slowly" });
    kill(first.child.pid);

    const second = await start({ PORT: new URL(first.url).port });

    expect(second.output()).toContain("The last run was killed");
    expect(await (await fetch(`${second.url}/stops`)).text()).toBe("4");
  });

  it("and everything else with it but Redis, the next start stops that Redis first", async () => {
    const first = await start();
    const redis = await redisPid();
    kill(await keeperPid(first.child));
    kill(first.child.pid);
    for (const { pid } of await events()) kill(pid);
    expect(isRunning(redis)).toBe(true);

    const second = await start();

    expect(second.output()).toContain("stopping that first");
    await waitFor(() => !isRunning(redis), { what: "Redis to stop" });
  });
});

it("stops everything, with exit code 78, when a process refuses its configuration", async () => {
  const launcher = launch(["--port", String(await findFreePort())], {
    FAKE_WEBHOOK_WORKER: "bad-configuration",
  });

  expect(await launcher.exited).toBe(78);
  expect(launcher.output()).toContain("COLOUR must be blue");
  expect(launcher.output()).toContain("webhook-worker refuses its configuration");
  expect(await pidsOf("webhook-worker")).toHaveLength(1);
  expect((await events()).map(({ pid }) => pid).filter(isRunning)).toEqual([]);
});

it("says which setting to change when the port is taken, and starts nothing", async () => {
  other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;

  const launcher = launch([], { PORT: String(port) });

  expect(await launcher.exited).toBe(1);
  expect(launcher.output()).toMatch(new RegExp(`^Port ${port} on 127.0.0.1 is in use.*--port`));
  expect(await events()).toEqual([]);
});

it("takes one Ctrl-C for one, though npm passes it on again, and a later one as an order to end now", async () => {
  const launcher = await start({ FAKE_SYNTHESIS_WORKER: "never-stops" });
  const [worker = 0] = await pidsOf("synthesis-worker");

  launcher.child.kill("SIGINT");
  launcher.child.kill("SIGINT");
  await sleep(1100);
  expect(isRunning(worker)).toBe(true);
  launcher.child.kill("SIGINT");

  expect(await launcher.exited).toBe(0);
  expect(isRunning(worker)).toBe(false);
});
