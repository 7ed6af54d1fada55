import { ConfigurationError, EXIT_BAD_CONFIGURATION } from "@herald/shared/configuration-error";
import type { Logger } from "../logging/logger.ts";
import { watchHost, type HostProcess } from "./host-process.ts";
import type { Running } from "@herald/shared/stoppable";
import { withDeadline } from "@herald/shared/with-deadline";

export interface RunProcessOptions {
  readonly logger: Logger;
  readonly start: () => Promise<Running>;
  /** From the request to stop until the process gives up waiting. */
  readonly graceMs: number;
  readonly host?: HostProcess;
}

/**
 * The life of one process: start, run until asked to stop (a signal, or the parent gone), retired or unable to go on,
 * stop once. Resolves to the exit code, which main.ts hands to `process.exit`: 0 after a full stop; 78 when what was
 * configured makes work impossible; 1 after any other failure, a stop that failed or took longer than `graceMs`, an
 * insisting signal or a crash.
 */
export async function runProcess({ host = process, ...options }: RunProcessOptions): Promise<number> {
  const { logger } = options;
  const events = watchHost(host);
  try {
    return await Promise.race([
      serve(options, events.stopRequested),
      events.stopInsisted.then((reason) => {
        logger.warn("process.stop_forced", { reason });
        return 1;
      }),
      // What a crash left behind is unknown: ending now is safer than draining from it.
      events.crashed.then((error) => {
        logger.error("process.crashed", { error });
        return 1;
      }),
    ]);
  } finally {
    events.release();
  }
}

async function serve(options: RunProcessOptions, stopRequested: Promise<string>): Promise<number> {
  const { logger, graceMs } = options;
  const started = startAndTell(options);
  try {
    // A request during the start counts: the deadline then covers the rest of the start too.
    await Promise.race([started, stopRequested]);
  } catch (error) {
    logger.error("process.start_failed", { error });
    return exitCodeOf(error);
  }
  const reason = await Promise.race([stopRequested, endOf(started)]);
  if (reason instanceof Error) logger.error("process.failed", { error: reason });
  else logger.info("process.stopping", { reason, grace_ms: graceMs });
  const code = await stop(started, options);
  return reason instanceof Error ? exitCodeOf(reason) : code;
}

/** What the process itself has to say about when to end. */
async function endOf(started: Promise<Running>): Promise<Error | string> {
  const never = new Promise<never>(() => undefined);
  const { failed = never, retired = never } = await started;
  return Promise.race([failed, retired]);
}

function exitCodeOf(error: unknown): number {
  return error instanceof ConfigurationError ? EXIT_BAD_CONFIGURATION : 1;
}

async function startAndTell({ logger, start }: RunProcessOptions): Promise<Running> {
  const running = await start();
  logger.info("process.started", { pid: process.pid, node: process.version });
  return running;
}

async function stop(started: Promise<Running>, { logger, graceMs }: RunProcessOptions): Promise<number> {
  const begun = performance.now();
  try {
    await withDeadline(stopOnceStarted(started), graceMs);
    logger.info("process.stopped", { duration_ms: Math.round(performance.now() - begun) });
    return 0;
  } catch (error) {
    logger.error("process.stop_failed", { error });
    return 1;
  }
}

async function stopOnceStarted(started: Promise<Running>): Promise<void> {
  const running = await started;
  await running.stop();
}
