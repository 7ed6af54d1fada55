import type { Job } from "@herald/shared/jobs/job";
import type { Logger } from "@herald/platform/logging/logger";
import type { SynthesisWorkerMetrics } from "./metrics/synthesis-worker-metrics.ts";
import type { JobEntry } from "@herald/queue/queues/entries";
import type { Attempt } from "@herald/queue/worker/start-worker";
import type { EngineEvent } from "@herald/speech/engines/pool/engine-event";
import type { AttemptResult } from "./run-attempt.ts";
import type { StorageBreakerOptions } from "./storage-breaker.ts";

export interface ObservedAttempt {
  readonly attempt: Attempt<JobEntry>;
  readonly result: AttemptResult;
  readonly durationMs: number;
}

/** One wide line and the counters of one attempt. */
export function observeAttempt(
  observed: ObservedAttempt,
  logger: Logger,
  metrics: SynthesisWorkerMetrics,
): void {
  const { attempt, result, durationMs } = observed;
  count(observed, metrics);
  const failed = result.kind === "failed" || result.kind === "retried";
  logger[failed ? "warn" : "info"]("synthesis.attempted", {
    outcome: result.kind,
    tenant: attempt.entry.tenant,
    job_id: attempt.entry.jobId,
    request_id: attempt.entry.requestId,
    attempt: attempt.number,
    duration_ms: Math.round(durationMs),
    ...("job" in result ? describeJob(result) : {}),
    ...(failed ? { error_code: result.fault.error.code, error: result.thrown } : {}),
  });
}

function describeJob({ job, ...result }: Extract<AttemptResult, { job: Job }>) {
  const { voice, format, textChars } = job.request;
  const audio = result.kind === "completed" ? { audio_seconds: result.audioSeconds } : {};
  return { voice, format, text_chars: textChars, ...audio };
}

function count({ result, durationMs }: ObservedAttempt, metrics: SynthesisWorkerMetrics): void {
  if (!("job" in result)) {
    return;
  }
  if (result.job.attempts === 1) {
    metrics.wait.observe(waitSeconds(result.job));
  }
  switch (result.kind) {
    case "completed":
      metrics.run.observe(durationMs / 1000);
      metrics.realTimeFactor.observe(durationMs / 1000 / result.audioSeconds);
      metrics.charactersSpoken.inc(result.job.request.textChars);
      metrics.audioSeconds.inc(result.audioSeconds);
      return;
    case "failed":
      metrics.run.observe(durationMs / 1000);
      return;
    case "retried":
      metrics.worker.retries.inc();
      return;
    case "superseded":
      metrics.worker.superseded.inc();
      return;
    case "handed_back":
      return;
  }
}

function waitSeconds({ createdAt, startedAt }: Job): number {
  return ((startedAt ?? createdAt).getTime() - createdAt.getTime()) / 1000;
}

/** A replaced engine costs one segment's work; many of them point to a text, a limit or a machine in trouble. */
export function observeEngine(event: EngineEvent, logger: Logger, metrics: SynthesisWorkerMetrics): void {
  switch (event.type) {
    case "child.started":
      logger.debug("engine.started", { pid: event.pid });
      return;
    case "child.replaced":
      metrics.enginesReplaced.inc({ reason: event.reason });
      logger.warn("engine.replaced", { pid: event.pid, reason: event.reason });
      return;
    case "child.stderr":
      logger.warn("engine.complained", { pid: event.pid, line: event.line });
      return;
  }
}

/** While the storage takes nothing, this worker takes no jobs. */
export function observeStorage(
  logger: Logger,
  metrics: Pick<SynthesisWorkerMetrics, "storageHeld">,
): StorageBreakerOptions["onChange"] {
  return (state, error) => {
    metrics.storageHeld.set(state === "open" ? 1 : 0);
    if (state === "open") logger.error("storage.lost", { error });
    else logger.info("storage.restored");
  };
}
