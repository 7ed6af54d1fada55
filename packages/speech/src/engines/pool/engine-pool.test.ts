import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "@jest/globals";
import { waitFor } from "../../../../../tests/support/wait.ts";
import type { EngineEvent } from "./engine-event.ts";
import { startEnginePool, type EnginePool } from "./start-engine-pool.ts";

const NEVER = new AbortController().signal;
const pools: EnginePool[] = [];

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.stop()));
});

function setup({ size = 1, segmentTimeoutMs = 10_000, memoryLimitBytes = 2 ** 30 } = {}) {
  const events: EngineEvent[] = [];
  const pool = startEnginePool({
    childModule: new URL("fixtures/fickle-child.mjs", import.meta.url),
    size,
    segmentTimeoutMs,
    memoryLimitBytes,
    onEvent: (event) => events.push(event),
  });
  pools.push(pool);
  const speak = (text: string, signal = NEVER) =>
    pool.speak({ text, voice: "en-us", speed: 1, sampleRate: 8000 }, signal);
  const replaced = () => events.flatMap((event) => (event.type === "child.replaced" ? [event.reason] : []));
  const pids = () => events.flatMap((event) => (event.type === "child.started" ? [event.pid ?? 0] : []));
  /** A request given to a child is on its way there only a few turns of the event loop later. */
  const untilBusy = () => waitFor(() => pool.counts().busy > 0, { what: "a busy child" });
  return { pool, speak, replaced, pids, untilBusy };
}

const untilGone = (pid: number) => waitFor(() => !isAlive(pid), { what: `process ${pid} to be gone` });

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("an engine pool", () => {
  it("replaces a child that crashed, and goes on", async () => {
    const { speak, replaced } = setup();

    await expect(speak("crash")).rejects.toMatchObject({ code: "engine_failed" });

    await expect(speak("hello")).resolves.toMatchObject({ sampleRate: 8000 });
    expect(replaced()).toEqual(["crash"]);
  });

  it("kills a child that exceeds its time, and goes on", async () => {
    const { speak, replaced, pids } = setup({ segmentTimeoutMs: 300 });

    await expect(speak("hang")).rejects.toMatchObject({ code: "engine_timeout" });

    await untilGone(pids()[0] ?? 0);
    await speak("hello");
    expect(replaced()).toEqual(["timeout"]);
  });

  it("replaces a child that grew past its limit, without losing what it said", async () => {
    const { speak, replaced } = setup({ memoryLimitBytes: 150 * 2 ** 20 });

    await speak("grow");

    await speak("hello");
    expect(replaced()).toEqual(["memory"]);
  });

  it("tells the memory of each child, as large as it became", async () => {
    const { pool, speak } = setup({ size: 2 });
    await speak("hello");

    await speak("grow");

    expect(Math.max(...pool.counts().memoryBytes)).toBeGreaterThan(150 * 2 ** 20);
    expect(pool.counts().memoryBytes).toHaveLength(2);
  });

  it("kills the child of an aborted request at once, though it is blocked", async () => {
    const { speak, replaced, pids, untilBusy } = setup();
    const abort = new AbortController();
    const speaking = speak("hang", abort.signal);
    await untilBusy();

    abort.abort(new Error("cancelled"));

    await expect(speaking).rejects.toThrow("cancelled");
    await untilGone(pids()[0] ?? 0);
    expect(replaced()).toEqual(["abort"]);
  });

  it("takes an aborted request out of the line without touching a child", async () => {
    const { pool, speak, replaced, untilBusy } = setup({ segmentTimeoutMs: 500 });
    const first = speak("hang");
    await untilBusy();
    const abort = new AbortController();
    const waiting = speak("hello", abort.signal);

    abort.abort(new Error("changed my mind"));

    await expect(waiting).rejects.toThrow("changed my mind");
    expect(pool.counts().waiting).toBe(0);
    await expect(first).rejects.toMatchObject({ code: "engine_timeout" });
    await speak("hello");
    expect(replaced()).toEqual(["timeout"]);
  });

  it("leaves no process behind when it stops, not even a blocked one", async () => {
    const { pool, speak, pids } = setup({ size: 2 });
    await Promise.all([speak("a"), speak("b")]);
    const blocked = speak("hang").catch((error: unknown) => error);

    await pool.stop();

    expect(await blocked).toMatchObject({ code: "engine_failed" });
    await Promise.all(pids().map(untilGone));
  });

  it("leaves no process behind when its own was killed, not even a blocked one", async () => {
    const file = fileURLToPath(new URL("fixtures/pool-parent.mjs", import.meta.url));
    const parent = spawn(process.execPath, [file], { stdio: ["ignore", "pipe", "inherit"] });
    const pids: number[] = [];
    for await (const line of createInterface(parent.stdout)) {
      if (pids.push(Number(line)) === 2) break;
    }

    parent.kill("SIGKILL");
    await once(parent, "exit");

    await Promise.all(pids.map(untilGone));
    expect(pids).toHaveLength(2);
  });
});
