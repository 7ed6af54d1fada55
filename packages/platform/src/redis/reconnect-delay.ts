/** Doubling from 50 ms to 0.5 s: BullMQ's own goes to 20 s, and Redis was back 12.5 s before anybody noticed. */
export function reconnectDelayMs(times: number): number {
  return Math.min(50 * 2 ** Math.min(times, 10), 500);
}
