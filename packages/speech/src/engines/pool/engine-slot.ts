import { setTimeout as sleep } from "node:timers/promises";

import type { SpeakRequest, Speech } from "../engine.ts";
import { EngineError } from "../engine-error.ts";
import { EngineChild } from "./engine-child.ts";
import type { EngineEvent, ReplacementReason } from "./engine-event.ts";

export interface EngineSlotOptions {
  readonly childModule: URL;
  readonly segmentTimeoutMs: number;
  readonly memoryLimitBytes: number;
  readonly onEvent: (event: EngineEvent) => void;
  /** Its child is warm and has nothing to do. */
  readonly onFree: (slot: EngineSlot) => void;
  /** Its child is gone and another is on its way. */
  readonly onDown: (slot: EngineSlot) => void;
}

const START_TIMEOUT_MS = 30_000;
const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 5000;

/** One place in the pool: keeps exactly one child in it until stopped, replaces a child that dies, and says why requests failed. */
export class EngineSlot {
  readonly #options: EngineSlotOptions;
  readonly #stopping = new AbortController();
  readonly #supervision: Promise<void>;
  #child: EngineChild | null = null;
  #killedFor: ReplacementReason | null = null;
  /** Children in a row that died without having spoken. */
  #fruitless = 0;
  #startError: unknown = null;

  constructor(options: EngineSlotOptions) {
    this.#options = options;
    this.#supervision = this.#supervise();
  }

  /** Why its latest child could not start; null when it could. */
  get startError(): unknown {
    return this.#startError;
  }

  /** Resident memory of its child, as the child last told. */
  get memoryBytes(): number {
    return this.#child?.rssBytes ?? 0;
  }

  async speak(request: SpeakRequest, signal: AbortSignal): Promise<Speech> {
    const abort = () => {
      this.#kill("abort");
    };
    const timer = setTimeout(() => {
      this.#kill("timeout");
    }, this.#options.segmentTimeoutMs);
    signal.addEventListener("abort", abort, { once: true });
    try {
      return await this.#speakUnlessAborted(request, signal);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#child?.kill();
    await this.#supervision;
  }

  async #speakUnlessAborted(request: SpeakRequest, signal: AbortSignal): Promise<Speech> {
    const child = this.#child;
    if (child === null) throw new EngineError("engine_failed", "the speech engine stopped unexpectedly");
    try {
      signal.throwIfAborted();
      const speech = await child.speak(request);
      this.#fruitless = 0;
      return speech;
    } catch (error) {
      signal.throwIfAborted();
      throw this.#killedFor === "timeout" ? tookTooLong(error) : error;
    } finally {
      this.#release(child);
    }
  }

  #release(child: EngineChild): void {
    if (this.#child !== child) return;
    if (child.rssBytes > this.#options.memoryLimitBytes) this.#kill("memory");
    else this.#options.onFree(this);
  }

  #kill(reason: ReplacementReason): void {
    this.#killedFor ??= reason;
    const child = this.#child;
    this.#child = null;
    child?.kill();
  }

  async #supervise(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#liveThroughOneChild();
      await sleep(this.#delayMs(), undefined, { signal }).catch(() => undefined);
    }
  }

  async #liveThroughOneChild(): Promise<void> {
    const { childModule, onEvent } = this.#options;
    const child: EngineChild = new EngineChild({
      module: childModule,
      onStderr: (line) => {
        onEvent({ type: "child.stderr", pid: child.pid, line });
      },
    });
    this.#killedFor = null;
    const stop = () => {
      child.kill();
    };
    this.#stopping.signal.addEventListener("abort", stop);
    await this.#untilReady(child);
    await child.exited;
    this.#stopping.signal.removeEventListener("abort", stop);
    this.#child = null;
    if (!this.#stopping.signal.aborted) this.#recordLoss(child);
  }

  async #untilReady(child: EngineChild): Promise<void> {
    const timer = setTimeout(() => {
      this.#killedFor = "timeout";
      child.kill();
    }, START_TIMEOUT_MS);
    try {
      await child.ready;
      this.#startError = null;
      this.#child = child;
      this.#options.onEvent({ type: "child.started", pid: child.pid });
      this.#options.onFree(this);
    } catch (error) {
      this.#startError = error;
    } finally {
      clearTimeout(timer);
    }
  }

  #recordLoss(child: EngineChild): void {
    const reason = this.#killedFor ?? "crash";
    this.#fruitless += reason === "abort" || reason === "memory" ? 0 : 1;
    this.#options.onEvent({ type: "child.replaced", pid: child.pid, reason });
    this.#options.onDown(this);
  }

  /** The first loss is made good at once: it is nearly always one text's fault, not the engine's. */
  #delayMs(): number {
    return this.#fruitless < 2 ? 0 : Math.min(FIRST_DELAY_MS * 2 ** (this.#fruitless - 2), MAX_DELAY_MS);
  }
}

function tookTooLong(cause: unknown): EngineError {
  return new EngineError("engine_timeout", "the speech engine took too long", { cause });
}
