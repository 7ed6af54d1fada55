import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { EXIT_BAD_CONFIGURATION } from "@herald/shared/configuration-error";
import type { Stoppable } from "@herald/shared/stoppable";
import { aborted } from "../machine/aborted.ts";
import { createBackoff, RESTART_BACKOFF, type BackoffOptions } from "./backoff.ts";
import { endOf, killGroup, type ProcessEnd } from "./process-end.ts";

export interface SuperviseOptions {
  /** Called for the start and each restart. The process leads its own group (`detached`), so that Ctrl-C spares it. */
  readonly spawn: () => ChildProcess;
  /** From SIGTERM to SIGKILL. */
  readonly graceMs: number;
  /** Aborted when nobody wants to wait for `graceMs`. */
  readonly kill?: AbortSignal;
  readonly backoff?: BackoffOptions;
  readonly onCrash: (end: ProcessEnd, restartInMs: number) => void;
  readonly onBadConfiguration?: () => void;
}

/** Keeps one process running until stopped. `stop` resolves when the process and all of its group have ended. */
export function supervise(options: SuperviseOptions): Stoppable {
  const stopping = new AbortController();
  const ended = keepRunning(options, stopping.signal);
  return {
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}

async function keepRunning(options: SuperviseOptions, stopping: AbortSignal): Promise<void> {
  const backoff = createBackoff(options.backoff ?? RESTART_BACKOFF);
  for (;;) {
    const startedAt = performance.now();
    const end = await runOnce(options, stopping);
    if (stopping.aborted) return;
    if (end.code === EXIT_BAD_CONFIGURATION) {
      options.onBadConfiguration?.();
      return;
    }
    const delayMs = backoff.delayAfterRun(performance.now() - startedAt);
    options.onCrash(end, delayMs);
    const waited = await sleep(delayMs, true, { signal: stopping }).catch(() => false);
    if (!waited) return;
  }
}

async function runOnce(options: SuperviseOptions, stopping: AbortSignal): Promise<ProcessEnd> {
  const child = options.spawn();
  const ended = endOf(child);
  const onStop = (): void => {
    void terminate(child, ended, options);
  };
  stopping.addEventListener("abort", onStop, { once: true });
  const end = await ended;
  stopping.removeEventListener("abort", onStop);
  // A process that was killed leaves its own children behind.
  killGroup(child);
  return end;
}

async function terminate(
  child: ChildProcess,
  ended: Promise<ProcessEnd>,
  { graceMs, kill }: SuperviseOptions,
): Promise<void> {
  child.kill("SIGTERM");
  const patience = AbortSignal.any([AbortSignal.timeout(graceMs), ...(kill ? [kill] : [])]);
  await Promise.race([ended, aborted(patience)]);
  killGroup(child);
}
