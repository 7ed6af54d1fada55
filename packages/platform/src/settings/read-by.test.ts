import { expect, it } from "@jest/globals";
import { namesReadBy, type SettingsReadBy } from "./read-by.ts";
import { PROCESSES } from "./values/setting.ts";

it("gives a process what it reads, and no secret of the others", () => {
  const names = namesReadBy("webhook-worker");

  expect(names).toContain("WEBHOOK_TIMEOUT");
  expect(names).not.toContain("AUDIO_LINK_SECRET");
});

it.each(PROCESSES)("gives the %s what every process needs", (process) => {
  expect(namesReadBy(process)).toEqual(
    expect.arrayContaining([
      "REDIS_URL",
      "ALLOW_EVICTION",
      "HERALD_TAG",
      "HOST",
      "SHUTDOWN_GRACE",
      "LOG_LEVEL",
      "LOG_FORMAT",
    ]),
  );
});

it("has the compiler refuse a setting that a process is not said to read", () => {
  const settings = { WEBHOOK_TIMEOUT: 1000 } as SettingsReadBy<"webhook-worker">;

  expect(settings.WEBHOOK_TIMEOUT).toBe(1000);
  // @ts-expect-error: the webhook worker reaches no storage.
  expect(settings.STORAGE_URL).toBeUndefined();
});
