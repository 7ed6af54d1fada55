import type { Engine, SpeakRequest, Speech } from "../engine.ts";
import { EngineError } from "../engine-error.ts";
import type { EngineEvent } from "./engine-event.ts";
import { EngineSlot } from "./engine-slot.ts";

export interface EnginePoolOptions {
  /** The module that each child process runs; a `file:` URL. */
  readonly childModule: URL;
  /** Processes kept running, so the number of segments spoken at once. */
  readonly size: number;
  /** Counted from the moment that a child takes the segment; waiting for a free child does not count. */
  readonly segmentTimeoutMs: number;
  /** Resident memory past which a child is replaced, once it has finished its segment. */
  readonly memoryLimitBytes: number;
  readonly onEvent?: (event: EngineEvent) => void;
}

export interface EnginePoolCounts {
  readonly size: number;
  /** Speaking now. */
  readonly busy: number;
  readonly idle: number;
  /** Requests in line for a free child. */
  readonly waiting: number;
  /** Resident memory of each process, as it last told; 0 for one that has told nothing yet. */
  readonly memoryBytes: readonly number[];
}

export interface EnginePool extends Engine {
  counts(): EnginePoolCounts;
}

/**
 * Starts `size` engine processes. Requests may be made while they warm up, and wait their turn. `speak` fails with an EngineError:
 * `engine_timeout` after `segmentTimeoutMs`, `engine_failed` when the child dies or none can be started, `unspeakable_text`
 * when the engine says so.
 */
export function startEnginePool(options: EnginePoolOptions): EnginePool {
  return new SupervisedEnginePool(options);
}

interface Waiter {
  readonly give: (slot: EngineSlot) => void;
  readonly refuse: (error: EngineError) => void;
}

class SupervisedEnginePool implements EnginePool {
  readonly #slots: readonly EngineSlot[];
  readonly #idle = new Set<EngineSlot>();
  readonly #waiting = new Set<Waiter>();
  #busy = 0;
  #stopped = false;

  constructor({ size, onEvent = () => undefined, ...rest }: EnginePoolOptions) {
    const slotOptions = {
      ...rest,
      onEvent,
      onFree: (slot: EngineSlot) => {
        this.#offer(slot);
      },
      onDown: (slot: EngineSlot) => {
        this.#withdraw(slot);
      },
    };
    this.#slots = Array.from({ length: size }, () => new EngineSlot(slotOptions));
  }

  counts(): EnginePoolCounts {
    const { size: idle } = this.#idle;
    const memoryBytes = this.#slots.map((slot) => slot.memoryBytes);
    return { size: this.#slots.length, busy: this.#busy, idle, waiting: this.#waiting.size, memoryBytes };
  }

  async speak(request: SpeakRequest, signal: AbortSignal): Promise<Speech> {
    const slot = await this.#take(signal);
    this.#busy += 1;
    try {
      return await slot.speak(request, signal);
    } finally {
      this.#busy -= 1;
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#refuseWaiting(null);
    await Promise.all(this.#slots.map((slot) => slot.stop()));
  }

  /** First come, first served. An aborted request leaves the line at once. */
  async #take(signal: AbortSignal): Promise<EngineSlot> {
    signal.throwIfAborted();
    if (this.#stopped) throw new EngineError("engine_failed", "the speech engine is not running");
    const [slot] = this.#idle;
    if (slot !== undefined) {
      this.#idle.delete(slot);
      return slot;
    }
    return this.#waitForSlot(signal);
  }

  #waitForSlot(signal: AbortSignal): Promise<EngineSlot> {
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.#waiting.delete(waiter);
        reject(signal.reason as Error);
      };
      const settled = () => {
        this.#waiting.delete(waiter);
        signal.removeEventListener("abort", abort);
      };
      const waiter: Waiter = {
        give: (slot) => {
          settled();
          resolve(slot);
        },
        refuse: (error) => {
          settled();
          reject(error);
        },
      };
      this.#waiting.add(waiter);
      signal.addEventListener("abort", abort, { once: true });
    });
  }

  #offer(slot: EngineSlot): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#idle.add(slot);
    else next.give(slot);
  }

  #withdraw(slot: EngineSlot): void {
    this.#idle.delete(slot);
    // Nobody should wait for an engine that cannot be started; they are told, and may come again.
    if (this.#slots.every(({ startError }) => startError !== null)) this.#refuseWaiting(slot.startError);
  }

  #refuseWaiting(cause: unknown): void {
    const error = new EngineError("engine_failed", "the speech engine is not running", { cause });
    for (const waiter of [...this.#waiting]) waiter.refuse(error);
  }
}
