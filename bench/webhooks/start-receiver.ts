import { waitFor } from "../../tests/support/wait.ts";
import { messageFrom, startPart, stopPart } from "./processes.ts";

export interface Receiver {
  readonly url: string;
  readonly silentUrl: string;
  waitForCount(count: number, timeoutMs: number): Promise<void>;
  /** When the heads of each webhook came, by its id, since they were last taken. */
  take(): Promise<ReadonlyMap<string, readonly number[]>>;
  stop(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const child = startPart("receiver");
  const [port, silentPort] = (await messageFrom(child)) as [number, number];
  const ask = (question: string) => {
    const answer = messageFrom(child);
    child.send(question);
    return answer;
  };
  return {
    url: `http://127.0.0.1:${port}`,
    silentUrl: `http://127.0.0.1:${silentPort}/hook`,
    waitForCount: (count, timeoutMs) =>
      waitFor(async () => ((await ask("count")) as number) >= count, {
        timeoutMs,
        what: `${count} webhooks`,
      }),
    take: async () => new Map((await ask("take")) as [string, number[]][]),
    stop: () => stopPart(child),
  };
}
