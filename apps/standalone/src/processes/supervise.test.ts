import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { afterEach, expect, it } from "@jest/globals";
import type { Stoppable } from "@herald/shared/stoppable";
import { poll } from "../machine/poll.ts";
import { supervise, type SuperviseOptions } from "./supervise.ts";

const FOREVER = "setInterval(() => {}, 1000); console.log('up');";
const IGNORES_SIGTERM = `process.on("SIGTERM", () => {}); ${FOREVER}`;

let supervised: Stoppable | undefined;
const spawned: ChildProcess[] = [];

afterEach(async () => {
  for (const child of spawned.splice(0)) child.kill("SIGKILL");
  await supervised?.stop();
});

/** Runs one script after the other, the last one from then on. */
function superviseScripts(scripts: readonly string[], options: Partial<SuperviseOptions> = {}) {
  const crashes: { reason: string; restartInMs: number }[] = [];
  supervised = supervise({
    spawn: () => {
      const script = scripts[Math.min(spawned.length, scripts.length - 1)] ?? "";
      const child = spawn(process.execPath, ["-e", script], {
        detached: true,
        stdio: ["ignore", "pipe", "ignore"],
      });
      spawned.push(child);
      return child;
    },
    graceMs: 10_000,
    backoff: { firstDelayMs: 10, maxDelayMs: 1000, stableMs: 60_000 },
    onCrash: ({ reason }, restartInMs) => crashes.push({ reason, restartInMs }),
    ...options,
  });
  return { supervised, crashes };
}

async function untilUp(nth: number): Promise<ChildProcess> {
  await poll(() => spawned.length >= nth, { timeoutMs: 5000 });
  const child = spawned[nth - 1];
  if (!child?.stdout) throw new Error(`process ${nth} was not started`);
  await once(child.stdout, "data");
  return child;
}

it("starts a process again each time it ends, waiting longer each time", async () => {
  const { crashes } = superviseScripts(["process.exit(3)", "process.kill(process.pid, 'SIGKILL')", FOREVER]);

  await untilUp(3);

  expect(crashes).toEqual([
    { reason: "exit code 3", restartInMs: 10 },
    { reason: "signal SIGKILL", restartInMs: 20 },
  ]);
});

it("goes on trying when the program is not there", async () => {
  const crashes: string[] = [];
  supervised = supervise({
    spawn: () => spawn("/nonexistent/program", { detached: true }),
    graceMs: 10,
    backoff: { firstDelayMs: 1, maxDelayMs: 1, stableMs: 60_000 },
    onCrash: ({ reason }) => crashes.push(reason),
  });

  expect(await poll(() => crashes.length >= 2, { timeoutMs: 5000 })).toBe(true);
  expect(crashes[0]).toContain("ENOENT");
});

it("does not start a process again that refuses its configuration", async () => {
  let refused = 0;
  const { crashes } = superviseScripts(["process.exit(78)"], { onBadConfiguration: () => refused++ });

  await poll(() => refused > 0, { timeoutMs: 5000 });
  await supervised?.stop();

  expect({ refused, starts: spawned.length, crashes }).toEqual({ refused: 1, starts: 1, crashes: [] });
});

it("stops with SIGTERM and does not start the process again", async () => {
  superviseScripts([FOREVER]);
  const child = await untilUp(1);

  await supervised?.stop();

  expect(child.signalCode).toBe("SIGTERM");
  expect(spawned).toHaveLength(1);
});

it("kills a process that has not stopped in time", async () => {
  superviseScripts([IGNORES_SIGTERM], { graceMs: 50 });
  const child = await untilUp(1);

  await supervised?.stop();

  expect(child.signalCode).toBe("SIGKILL");
});

it("kills a process at once when nobody wants to wait", async () => {
  const kill = new AbortController();
  superviseScripts([IGNORES_SIGTERM], { graceMs: 60_000, kill: kill.signal });
  const child = await untilUp(1);

  const stopped = supervised?.stop();
  kill.abort();
  await stopped;

  expect(child.signalCode).toBe("SIGKILL");
});

it("leaves no process behind that a killed one had started", async () => {
  const parent = `const child = require("child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    console.log(child.pid); setInterval(() => {}, 1000);`;
  superviseScripts([parent, FOREVER]);
  await poll(() => spawned.length > 0, { timeoutMs: 5000 });
  const [first] = spawned;
  if (!first?.stdout) throw new Error("not started");
  const [line] = (await once(first.stdout, "data")) as [Buffer];
  const grandchild = Number(line.toString());

  first.kill("SIGKILL");

  expect(await poll(() => !isRunning(grandchild), { timeoutMs: 5000 })).toBe(true);
});

it("stops while waiting to start the process again", async () => {
  const { crashes } = superviseScripts(["process.exit(1)"], {
    backoff: { firstDelayMs: 60_000, maxDelayMs: 60_000, stableMs: 60_000 },
  });
  await poll(() => crashes.length > 0, { timeoutMs: 5000 });

  await supervised?.stop();

  expect(spawned).toHaveLength(1);
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
