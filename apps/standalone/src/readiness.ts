import { LaunchError } from "./machine/launch-error.ts";
import { poll } from "./machine/poll.ts";

export interface ReadinessOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const ANSWER_MS = 3000;

/** Waits for the API to say that it, Redis, the storage and a worker are all there. */
export async function waitUntilReady(url: string, { timeoutMs, signal }: ReadinessOptions): Promise<void> {
  let last = "no answer";
  const isReady = async (): Promise<boolean> => {
    try {
      const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(ANSWER_MS) });
      last = `${response.status} ${await response.text()}`;
      return response.ok;
    } catch {
      return false;
    }
  };
  if (!(await poll(isReady, { timeoutMs, everyMs: 100, signal }))) {
    throw new LaunchError(
      `Herald was not ready within ${timeoutMs / 1000} s; ${url}/health/ready: ${last.slice(0, 500)}`,
    );
  }
}
