import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { runProcess } from "./run-process.ts";
import { ConfigurationError } from "@herald/shared/configuration-error";
import type { Running, Stoppable } from "@herald/shared/stoppable";

const GRACE_MS = 20_000;
const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"];

interface Given {
  readonly start?: () => Promise<Running>;
  readonly stop?: () => Promise<void>;
  readonly connected?: boolean;
}

function setup({ connected = false, ...given }: Given = {}) {
  const host = Object.assign(new EventEmitter(), { connected });
  const stop = jest.fn(given.stop ?? (() => Promise.resolve()));
  const start = jest.fn(given.start ?? (() => Promise.resolve({ stop })));
  const events: string[] = [];
  const note = (event: string) => events.push(event);
  const logger = { debug: note, info: note, warn: note, error: note };
  const code = runProcess({ logger, start, graceMs: GRACE_MS, host });
  return { host, start, stop, events, code };
}

/** As Node does: the signal's name is the event and its first argument. */
const send = (host: EventEmitter, signal: string) => host.emit(signal, signal);
const never = () => new Promise<never>(() => undefined);
const settled = () => jest.advanceTimersByTimeAsync(0);

describe("a process", () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  it.each(SIGNALS)("stops once on %s, ends with 0 and listens no more", async (signal) => {
    const { host, stop, events, code } = setup();
    await settled();

    send(host, signal);

    expect(await code).toBe(0);
    expect(stop).toHaveBeenCalledTimes(1);
    expect(events).toEqual(["process.started", "process.stopping", "process.stopped"]);
    expect(host.eventNames()).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it.each([
    [1, new Error("stuck")],
    [78, new ConfigurationError(["REDIS_URL: evicts"])],
  ])("stops and ends with %d when it cannot go on", async (expected, error) => {
    const stop = jest.fn(() => Promise.resolve());
    const { events, code } = setup({
      start: () => Promise.resolve({ stop, failed: Promise.resolve(error) }),
    });

    expect(await code).toBe(expected);
    expect(stop).toHaveBeenCalledTimes(1);
    expect(events).toContain("process.failed");
  });

  it("stops and ends with 0 when it is retired", async () => {
    const stop = jest.fn(() => Promise.resolve());
    const { events, code } = setup({
      start: () => Promise.resolve({ stop, retired: Promise.resolve("it has done its share") }),
    });

    expect(await code).toBe(0);
    expect(stop).toHaveBeenCalledTimes(1);
    expect(events).toEqual(["process.started", "process.stopping", "process.stopped"]);
  });

  it("ends with 78 when the start finds a fault in the configuration", async () => {
    const { code } = setup({ start: () => Promise.reject(new ConfigurationError(["DEFAULT_VOICE"])) });

    expect(await code).toBe(78);
  });

  it("stops when the parent at the other end of its channel is gone", async () => {
    const { host, stop, code } = setup({ connected: true });
    await settled();

    host.emit("disconnect");

    expect(await code).toBe(0);
    expect(stop).toHaveBeenCalledTimes(1);
  });

  it("finishes its start before it stops when asked to in the middle of it", async () => {
    const stop = jest.fn(() => Promise.resolve());
    let finishStart: (part: Stoppable) => void = () => undefined;
    const { host, events, code } = setup({
      start: () =>
        new Promise((resolve) => {
          finishStart = resolve;
        }),
    });
    send(host, "SIGTERM");
    await settled();
    expect(events).toEqual(["process.stopping"]);

    finishStart({ stop });

    expect(await code).toBe(0);
    expect(stop).toHaveBeenCalledTimes(1);
  });

  it("ends with 1 when it cannot start", async () => {
    const { code, events } = setup({ start: () => Promise.reject(new Error("port taken")) });

    expect(await code).toBe(1);
    expect(events).toEqual(["process.start_failed"]);
  });

  it("ends with 1 when a part cannot stop", async () => {
    const { host, code, events } = setup({ stop: () => Promise.reject(new Error("stuck")) });
    await settled();

    send(host, "SIGTERM");

    expect(await code).toBe(1);
    expect(events).toContain("process.stop_failed");
  });

  it.each([
    ["its stop", { stop: never }],
    ["a start that was interrupted", { start: never }],
  ])("gives up on %s at the deadline and ends with 1", async (_what, given) => {
    const { host, code, events } = setup(given);
    await settled();
    send(host, "SIGTERM");

    await jest.advanceTimersByTimeAsync(GRACE_MS - 1);
    expect(events).not.toContain("process.stop_failed");

    await jest.advanceTimersByTimeAsync(1);
    expect(await code).toBe(1);
    expect(events).toContain("process.stop_failed");
  });

  it("takes the signals of one Ctrl-C, and the parent's after it, for one request", async () => {
    const { host, stop, events } = setup({ stop: never, connected: true });
    await settled();

    send(host, "SIGINT");
    await jest.advanceTimersByTimeAsync(900);
    send(host, "SIGINT");
    await jest.advanceTimersByTimeAsync(900);
    send(host, "SIGTERM");
    host.emit("disconnect");
    await settled();

    expect(stop).toHaveBeenCalledTimes(1);
    expect(events).toEqual(["process.started", "process.stopping"]);
  });

  it("ends at once when the same signal comes again later", async () => {
    const { host, code, events } = setup({ stop: never });
    await settled();
    send(host, "SIGINT");
    await jest.advanceTimersByTimeAsync(1000);

    send(host, "SIGINT");

    expect(await code).toBe(1);
    expect(events.at(-1)).toBe("process.stop_forced");
  });

  it.each(["uncaughtException", "unhandledRejection"])("says so and ends with 1 on an %s", async (event) => {
    const { host, stop, code, events } = setup();
    await settled();

    host.emit(event, new Error("bug"));

    expect(await code).toBe(1);
    expect(events.at(-1)).toBe("process.crashed");
    expect(stop).not.toHaveBeenCalled();
  });
});

describe("a process of its own", () => {
  const here = (file: string) => JSON.stringify(new URL(file, import.meta.url).href);
  const program = `
    import { createLogger } from ${here("../logging/create-logger.ts")};
    import { runProcess } from ${here("run-process.ts")};
    const logger = createLogger({ process: "test", level: "info", format: "json" });
    const start = async () => {
      setInterval(() => {}, 1000);
      if (process.argv[1] === "crash") setImmediate(() => { throw new Error("bug"); });
      return { stop: async () => {} };
    };
    process.exit(await runProcess({ logger, start, graceMs: 5000 }));
  `;

  function run(mode: "wait" | "crash") {
    const options = [
      "--conditions=herald-source",
      "--import",
      "tsx",
      "--input-type=module",
      "--eval",
      program,
      mode,
    ];
    const child = spawn(process.execPath, options, { stdio: ["ignore", "pipe", "inherit"] });
    return { child, output: text(child.stdout), exit: once(child, "exit") };
  }

  const eventsIn = (output: string) =>
    output
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { event: string }).event);

  it("stops on a signal and has written every line by its end", async () => {
    const { child, output, exit } = run("wait");
    await once(child.stdout, "data");

    child.kill("SIGTERM");

    expect(await exit).toEqual([0, null]);
    expect(eventsIn(await output)).toEqual(["process.started", "process.stopping", "process.stopped"]);
  });

  it("tells of the exception that ended it", async () => {
    const { output, exit } = run("crash");

    expect(await exit).toEqual([1, null]);
    const [, crash = ""] = (await output).trim().split("\n");
    expect(JSON.parse(crash)).toMatchObject({ event: "process.crashed", error: { message: "bug" } });
  });
});
