import { expect, it } from "@jest/globals";
import { readLaunchSettings } from "./settings.ts";

it("listens on this machine alone and keeps its data beside the program, unless told otherwise", () => {
  expect(readLaunchSettings({}, "/srv/herald")).toEqual({
    host: "127.0.0.1",
    port: 3000,
    healthPort: 3001,
    localUrl: "http://127.0.0.1:3000",
    dataDirectory: "/srv/herald/data",
    redisUrl: null,
    tag: "herald",
    bootstrapApiKey: null,
    graceMs: 35_000,
  });
});

it("takes an empty variable for one that is not set", () => {
  expect(readLaunchSettings({ PORT: "", REDIS_URL: "", DATA_DIR: "" }, "/srv")).toEqual(
    readLaunchSettings({}, "/srv"),
  );
});

it.each([
  ["0.0.0.0", "http://127.0.0.1:3000"],
  ["::", "http://127.0.0.1:3000"],
  ["::1", "http://[::1]:3000"],
  ["192.0.2.7", "http://192.0.2.7:3000"],
])("when listening on %s, is reached at %s", (host, localUrl) => {
  expect(readLaunchSettings({ HOST: host }, "/").localUrl).toBe(localUrl);
});

it("gives the processes their SHUTDOWN_GRACE and fifteen seconds more", () => {
  expect(readLaunchSettings({ SHUTDOWN_GRACE: "10s" }, "/").graceMs).toBe(25_000);
});

it("refuses what it cannot use, all at once and by name", () => {
  const env = { PORT: "80a", SHUTDOWN_GRACE: "soon", BOOTSTRAP_API_KEY: "hk_short" };

  for (const name of Object.keys(env)) expect(() => readLaunchSettings(env, "/")).toThrow(name);
});

it("refuses a REDIS_URL that is none", () => {
  expect(() => readLaunchSettings({ REDIS_URL: "localhost:6379" }, "/")).toThrow("REDIS_URL");
});

it.each([
  [{ HEALTH_PORT: "65534" }],
  [{ PORT: "65533" }],
  [{ HEALTH_PORT: "2998" }],
  [{ HEALTH_PORT: "3000" }],
])("refuses %j, which leaves the workers no three ports of their own", (env) => {
  expect(() => readLaunchSettings(env, "/")).toThrow("HEALTH_PORT");
});
