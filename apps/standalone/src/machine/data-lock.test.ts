import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { lockDataDirectory } from "./data-lock.ts";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "herald-lock-"));
});

afterEach(() => rm(directory, { recursive: true }));

/** What kill -9 leaves: a socket on which nobody listens. */
async function leaveStaleLock(): Promise<void> {
  const script = `require("net").createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))`;
  await promisify(execFile)(process.execPath, ["-e", script, join(directory, "launcher-killed.sock")]).catch(
    () => undefined,
  );
}

it("is held by one at a time", async () => {
  const lock = await lockDataDirectory(directory);

  await expect(lockDataDirectory(directory)).rejects.toThrow(`already running on ${directory}`);

  await lock.stop();
});

it("is free again once stopped, without a trace", async () => {
  const first = await lockDataDirectory(directory);
  await first.stop();
  expect(await readdir(directory)).toEqual([]);

  const second = await lockDataDirectory(directory);

  expect(second.takenOver).toBe(false);
  await second.stop();
});

it("is taken over from a holder that was killed", async () => {
  await leaveStaleLock();

  const lock = await lockDataDirectory(directory);

  expect(lock.takenOver).toBe(true);
  const left = await readdir(directory);
  expect(left).toHaveLength(1);
  expect(left).not.toContain("launcher-killed.sock");
  await lock.stop();
});

it("never goes to two, however many take over at once", async () => {
  await leaveStaleLock();

  const results = await Promise.allSettled(Array.from({ length: 8 }, () => lockDataDirectory(directory)));

  const held = results.filter((result) => result.status === "fulfilled");
  expect(held.length).toBeLessThanOrEqual(1);
  await held[0]?.value.stop();
});

it("says so when the directory cannot hold a lock", async () => {
  await expect(lockDataDirectory(join(directory, "missing"))).rejects.toThrow("Choose another DATA_DIR");
});
