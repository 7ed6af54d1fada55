import { describe, expect, it } from "@jest/globals";
import { createRedis, parseRedisUrl } from "./redis-url.ts";

describe("a REDIS_URL that names sentinels", () => {
  it("says where they are and what they call the primary", () => {
    expect(parseRedisUrl("redis+sentinel://10.0.0.1:26380,redis-2,[::1]:26379/mymaster")).toMatchObject({
      sentinels: [
        { host: "10.0.0.1", port: 26_380 },
        { host: "redis-2", port: 26_379 },
        { host: "::1", port: 26_379 },
      ],
      name: "mymaster",
      db: 0,
    });
  });

  it("carries the login of Redis, that of the sentinels, and the database", () => {
    const url = "redis+sentinel://herald:p%40ss@a/primary/3?sentinel_user=s&sentinel_password=t%26u";

    expect(parseRedisUrl(url)).toMatchObject({
      username: "herald",
      password: "p@ss",
      sentinelUsername: "s",
      sentinelPassword: "t&u",
      db: 3,
    });
    expect(parseRedisUrl("redis+sentinel://:secret@a/primary")).toMatchObject({ password: "secret" });
  });

  it("speaks TLS to both with rediss", () => {
    const encrypted = { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true };

    expect(parseRedisUrl("rediss+sentinel://a/primary")).toMatchObject(encrypted);
    expect(parseRedisUrl("redis+sentinel://a/primary")).not.toHaveProperty("tls");
  });
});

it.each([
  "redis+sentinel://a",
  "redis+sentinel://a/",
  "redis+sentinel:///primary",
  "redis+sentinel://a,,b/primary",
  "redis+sentinel://a:port/primary",
  "redis+sentinel://a/primary/db",
  "redis+sentinel://a/primary?sentinel_pasword=x",
  "sentinel://a/primary",
  "http://a",
  "redis://a/x",
  "",
])("does not understand %j", (text) => {
  expect(parseRedisUrl(text)).toBeUndefined();
  expect(() => createRedis(text, {})).toThrow("REDIS_URL: expected redis://");
});

it.each(["redis://a", "rediss://u:p@a:6380/2", "redis://[::1]:6379"])("leaves %s to the client", (text) => {
  expect(parseRedisUrl(text)).toEqual({});
});
