import { setTimeout as sleep } from "node:timers/promises";
import { now } from "./clock.ts";
import type { Receiver } from "./start-receiver.ts";
import type { Emitted, Sender } from "./senders.ts";

const ENDPOINTS = 200;
const EMITTING_AT_ONCE = 64;

export const endpointUrl = (receiver: Receiver, index: number): string =>
  `${receiver.url}/hook/${index % ENDPOINTS}`;

/** Deliveries per second of events that wait already when the sender begins: from the first arrival to the last. */
export async function burst(sender: Sender, receiver: Receiver, count: number): Promise<number> {
  await sender.pause();
  let next = 0;
  const emit = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) await sender.emit(endpointUrl(receiver, i));
  };
  await Promise.all(Array.from({ length: EMITTING_AT_ONCE }, emit));
  await receiver.take();
  await sender.resume();
  await receiver.waitForCount(count, 120_000);
  const times = [...(await receiver.take()).values()].flat().sort((a, b) => a - b);
  return (times.length - 1) / (((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1000);
}

export interface Pace {
  readonly perSecond: number;
  readonly seconds: number;
  readonly urlOf: (index: number) => string;
  /** Of the first event; none, unless it is said. */
  readonly delayMs?: number;
}

/** Events at an even pace, whatever becomes of those before. */
export async function emitPaced(
  sender: Sender,
  { perSecond, seconds, urlOf, delayMs = 0 }: Pace,
): Promise<Emitted[]> {
  const start = now() + delayMs;
  const underWay: Promise<Emitted>[] = [];
  for (let i = 0; i < perSecond * seconds; i++) {
    const wait = start + (i * 1000) / perSecond - now();
    if (wait > 0) await sleep(wait);
    underWay.push(sender.emit(urlOf(i)));
  }
  return Promise.all(underWay);
}

export interface Latencies {
  /** Milliseconds from the event to the first byte at the receiver, in order. */
  readonly sorted: readonly number[];
  readonly missing: number;
}

const SETTLE_MS = 60_000;

/** Waits for `arriving` webhooks: these, and whoever else's come meanwhile, which would be counted as the next ones'. */
export async function latenciesOf(
  emitted: readonly Emitted[],
  receiver: Receiver,
  arriving = emitted.length,
): Promise<Latencies> {
  await receiver.waitForCount(arriving, SETTLE_MS).catch(() => undefined);
  const arrivals = await receiver.take();
  const taken = emitted.flatMap(({ id, at }) => (arrivals.get(id)?.[0] ?? NaN) - at);
  const sorted = taken.filter((ms) => !Number.isNaN(ms)).sort((a, b) => a - b);
  return { sorted, missing: taken.length - sorted.length };
}

export function percentile({ sorted }: Latencies, share: number): number {
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? NaN;
}
