import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { ensureRedis } from "./ensure-redis.ts";
import { installRedis } from "./install-redis.ts";

let bin: string;
let policy: string;
let said: string[];

beforeEach(async () => {
  bin = await mkdtemp(join(tmpdir(), "herald-bin-"));
  policy = join(bin, "policy-rc.d");
  said = [];
});

afterEach(() => rm(bin, { recursive: true }));

async function addProgram(name: string, script = "exit 0"): Promise<string> {
  const file = join(bin, name);
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  return file;
}

/** Writes down how it is called and whether services may be started; \`install\` brings a redis-server. */
async function addAptGet(
  onInstall = `touch ${bin}/redis-server; chmod +x ${bin}/redis-server`,
): Promise<void> {
  const script = `echo "$DEBIAN_FRONTEND $*; service: $(${bin}/policy-rc.d; echo $?)" >> ${bin}/calls
    if [ "$1" = install ]; then ${onInstall}; fi`;
  await addProgram("apt-get", script);
}

function ensure({ isRoot }: { isRoot: boolean }): Promise<string> {
  return ensureRedis({
    searchPath: `/nonexistent:${bin}`,
    isRoot,
    say: (line) => said.push(line),
    install: (aptGet) => installRedis(aptGet, policy),
  });
}

it("takes the Redis on the PATH, whoever asks", async () => {
  const redis = await addProgram("redis-server");
  await addProgram("valkey-server");

  expect(await ensure({ isRoot: false })).toBe(redis);
  expect(said).toEqual([]);
});

it("takes Valkey where there is no Redis", async () => {
  const valkey = await addProgram("valkey-server");
  await writeFile(join(bin, "redis-server"), "not a program");

  expect(await ensure({ isRoot: false })).toBe(valkey);
});

it("installs Redis on Debian as root, says so, and lets no service start", async () => {
  await addAptGet();

  expect(await ensure({ isRoot: true })).toBe(join(bin, "redis-server"));

  expect(said).toEqual([expect.stringContaining("apt-get")]);
  expect((await readFile(join(bin, "calls"), "utf8")).split("\n")).toEqual([
    "noninteractive update; service: 101",
    "noninteractive install --yes --no-install-recommends redis-server; service: 101",
    "",
  ]);
  expect(await readdir(bin)).not.toContain("policy-rc.d");
});

it("leaves a service policy that the machine has as it is", async () => {
  await addProgram("policy-rc.d", "exit 104");
  await addAptGet();

  await ensure({ isRoot: true });

  expect(await readFile(policy, "utf8")).toContain("exit 104");
});

it("installs nothing without being root, and names the two ways to go on", async () => {
  await addAptGet();

  const refused = ensure({ isRoot: false });

  await expect(refused).rejects.toThrow("redis-server or valkey-server is on the PATH");
  await expect(refused).rejects.toThrow("set REDIS_URL");
  expect(await readdir(bin)).not.toContain("calls");
});

it("shows why the installation failed, names the two ways, and takes its service policy away", async () => {
  await addAptGet("echo 'E: Unable to locate package' >&2; exit 100");

  const refused = ensure({ isRoot: true });

  await expect(refused).rejects.toThrow("E: Unable to locate package");
  await expect(refused).rejects.toThrow("set REDIS_URL");
  expect(await readdir(bin)).not.toContain("policy-rc.d");
});
