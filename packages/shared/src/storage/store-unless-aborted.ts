import type { Readable } from "node:stream";

export interface Storing<T> {
  readonly audio: Readable;
  readonly signal: AbortSignal | undefined;
  readonly store: () => Promise<T>;
  /** Removes what was stored too late. */
  readonly undo: () => Promise<void>;
}

/** Gives up at once when it is told to, whatever a storage that hangs still does: what it comes to then is removed again. */
export async function storeUnlessAborted<T>({ audio, signal, store, undo }: Storing<T>): Promise<T> {
  const listening = new AbortController();
  let storing: Promise<T> | undefined;
  try {
    signal?.throwIfAborted();
    storing = store();
    return await Promise.race([storing, ...(signal ? [untilAborted(signal, listening.signal)] : [])]);
  } catch (error) {
    audio.destroy();
    if (signal?.aborted)
      storing
        ?.catch(() => undefined)
        .then(undo)
        .catch(() => undefined);
    throw error;
  } finally {
    listening.abort();
  }
}

function untilAborted(signal: AbortSignal, listening: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const giveUp = (): void => {
      reject(signal.reason as Error);
    };
    signal.addEventListener("abort", giveUp, { once: true, signal: listening });
  });
}
