import { EventEmitter } from "node:events";
import { expect, it } from "@jest/globals";
import { listenForStop } from "./stop-signals.ts";

function setup() {
  const host = new EventEmitter();
  const clock = { now: 5000 };
  return { host, clock, signals: listenForStop(host, () => clock.now) };
}

it.each(["SIGINT", "SIGTERM", "SIGHUP"])("takes %s as a request to stop", (signal) => {
  const { host, signals } = setup();

  host.emit(signal);

  expect(signals.stop.aborted).toBe(true);
  expect(signals.kill.aborted).toBe(false);
});

it("takes a signal that comes twice within a second for one", () => {
  const { host, clock, signals } = setup();

  host.emit("SIGINT");
  clock.now += 999;
  host.emit("SIGINT");

  expect(signals.kill.aborted).toBe(false);
});

it("takes a later signal as an order to end at once", () => {
  const { host, clock, signals } = setup();

  host.emit("SIGINT");
  clock.now += 1000;
  host.emit("SIGINT");

  expect(signals.kill.aborted).toBe(true);
});
