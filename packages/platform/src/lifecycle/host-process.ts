/** What `runProcess` needs of `process`; tests pass an EventEmitter. */
export type HostProcess = NodeJS.EventEmitter & {
  /** True while a parent holds the other end of an IPC channel. */
  readonly connected?: boolean;
};

export interface HostEvents {
  /** The first request to stop: a signal, or the parent's end. */
  readonly stopRequested: Promise<string>;
  /** The same signal again: whoever sent it will not wait. */
  readonly stopInsisted: Promise<string>;
  readonly crashed: Promise<unknown>;
  release(): void;
}

const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;
const CRASHES = ["uncaughtException", "unhandledRejection"] as const;

// One Ctrl-C may arrive more than once: the terminal sends it to the whole process group, and npm passes it on again.
const SAME_KEYSTROKE_MS = 1000;

/** Listens until released, so that no signal ends the process behind its owner's back. */
export function watchHost(host: HostProcess): HostEvents {
  const stopRequested = signalled<string>();
  const stopInsisted = signalled<string>();
  const crashed = signalled<unknown>();
  const firstSeen = new Map<string, number>();

  function onSignal(signal: string): void {
    stopRequested.resolve(signal);
    const first = firstSeen.get(signal);
    if (first === undefined) {
      firstSeen.set(signal, performance.now());
    } else if (performance.now() - first >= SAME_KEYSTROKE_MS) {
      stopInsisted.resolve(signal);
    }
  }
  function onParentGone(): void {
    stopRequested.resolve("parent gone");
  }

  for (const signal of SIGNALS) host.on(signal, onSignal);
  for (const crash of CRASHES) host.on(crash, crashed.resolve);
  if (host.connected) host.on("disconnect", onParentGone);

  return {
    stopRequested: stopRequested.promise,
    stopInsisted: stopInsisted.promise,
    crashed: crashed.promise,
    release() {
      for (const signal of SIGNALS) host.off(signal, onSignal);
      for (const crash of CRASHES) host.off(crash, crashed.resolve);
      host.off("disconnect", onParentGone);
    },
  };
}

function signalled<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
