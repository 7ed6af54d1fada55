import { expect, it } from "@jest/globals";
import type { Environment } from "@herald/platform/settings/settings";
import { appEnvironment, APPS, type AppEnvironmentInput } from "./apps.ts";
import { readLaunchSettings } from "./settings.ts";

function setup(given: Environment = {}): AppEnvironmentInput {
  return {
    given,
    settings: readLaunchSettings(given, "/srv/herald"),
    secrets: { WEBHOOK_SECRET: "whsec_kept", AUDIO_LINK_SECRET: "kept" },
    redisUrl: "redis://127.0.0.1:21000",
    bootstrapApiKey: "hk_first",
  };
}

it("gives each process all it needs to run without any configuration", () => {
  expect(appEnvironment("webhook-worker", setup())).toEqual({
    STORAGE_URL: "file:///srv/herald/data/audio",
    WEBHOOK_ALLOW_CIDRS: "127.0.0.0/8,::1/128",
    SHUTDOWN_DELAY: "0s",
    WEBHOOK_SECRET: "whsec_kept",
    AUDIO_LINK_SECRET: "kept",
    HOST: "127.0.0.1",
    PORT: "3000",
    HEALTH_PORT: "3002",
    REDIS_URL: "redis://127.0.0.1:21000",
  });
});

it("prefers what the operator set", () => {
  const given = {
    STORAGE_URL: "file:///mnt/audio",
    PUBLIC_URL: "https://tts.example.org",
    WEBHOOK_ALLOW_CIDRS: "10.0.0.0/8",
    WEBHOOK_SECRET: "whsec_mine",
    LOG_LEVEL: "debug",
  };

  expect(appEnvironment("api", setup(given))).toMatchObject(given);
});

it("gives each worker a health port of its own", () => {
  const ports = APPS.slice(1).map(
    (app) => appEnvironment(app, setup({ HEALTH_PORT: "9100" }))["HEALTH_PORT"],
  );

  expect(ports).toEqual(["9100", "9101", "9102"]);
});

it("shows the first API key to the API alone", () => {
  const input = setup({ BOOTSTRAP_API_KEY: `hk_${"a".repeat(43)}` });

  const having = APPS.filter((app) => appEnvironment(app, input)["BOOTSTRAP_API_KEY"] !== undefined);

  expect(having).toEqual(["api"]);
});
