export interface Retirement {
  readonly maxJobs?: number | undefined;
  /** Of this process, resident. Engine processes have a limit of their own. */
  readonly memoryLimitBytes?: number | undefined;
}

export interface RetirementWatch {
  /** After each job, with how many there have been. */
  readonly onDone: (jobs: number) => void;
  readonly retired: Promise<string>;
}

/** Replicas that were started together must not end together. */
const SPREAD = 0.1;
/** Asking the system costs as much as a good part of a webhook. */
const MEMORY_LOOK_MS = 1000;

/** Says when a worker has done enough, or grown too much, to go on: what leaks slowly then never adds up. */
export function watchRetirement(
  { maxJobs = Infinity, memoryLimitBytes = Infinity }: Retirement,
  { random = Math.random, rss = () => process.memoryUsage.rss(), now = () => performance.now() } = {},
): RetirementWatch {
  const share = maxJobs * (1 + SPREAD * random());
  let lookedAt = -Infinity;
  let retire!: (reason: string) => void;
  const retired = new Promise<string>((resolve) => (retire = resolve));
  return {
    retired,
    onDone(jobs) {
      if (jobs >= share) retire(`it has done ${jobs} jobs`);
      if (now() - lookedAt < MEMORY_LOOK_MS) return;
      lookedAt = now();
      const bytes = rss();
      if (bytes > memoryLimitBytes) retire(`it holds ${bytes} bytes of memory`);
    },
  };
}
