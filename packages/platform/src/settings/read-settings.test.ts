import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { ConfigurationError } from "@herald/shared/configuration-error";
import { readSecretFiles } from "./read-secret-files.ts";
import { readSettings } from "./read-settings.ts";
import { settings, type Environment, type Setting, type SettingName } from "./settings.ts";

const SECRET = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;

function messageFor(env: Environment, names: readonly SettingName[]): string {
  try {
    readSettings(env, names);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("settings that contradict each other", () => {
  it.each([
    [{ TENANT_MAX_PENDING_JOBS: "11", MAX_PENDING_JOBS: "10" }],
    [{ MAX_TEXT_CHARS: "1001", KEY_CHARS_PER_MINUTE: "1000" }],
    [{ MAX_TEXT_CHARS: "1001", TENANT_CHARS_PER_MONTH: "1000" }],
    [{ KEY_CHARS_PER_MINUTE: "1001", TENANT_CHARS_PER_MONTH: "1000" }],
    [{ KEY_REQUESTS_PER_MINUTE: "1001", KEY_CHARS_PER_MINUTE: "1000" }],
    [{ KEY_REQUESTS_PER_MINUTE: "1001", TENANT_CHARS_PER_MONTH: "1000" }],
    [{ MAX_TEXT_CHARS: "200000", MAX_BODY_BYTES: "200000B" }],
    [{ MAX_TEXT_CHARS: "1014", MAX_BODY_BYTES: "1KiB" }],
    [{ SHUTDOWN_DELAY: "30s", SHUTDOWN_GRACE: "20s" }],
    [{ SHUTDOWN_DELAY: "20s", SHUTDOWN_GRACE: "20s" }],
  ])("stop the start, and both are named: %j", (env) => {
    const names = Object.keys(env) as SettingName[];

    const message = messageFor(env, names);

    for (const name of names) expect(message).toContain(name);
  });

  it.each([
    [{}, 2000],
    [{ SHUTDOWN_GRACE: "3s" }, 1500],
    [{ SHUTDOWN_GRACE: "0s" }, 0],
    [{ SHUTDOWN_GRACE: "0s", SHUTDOWN_DELAY: "0s" }, 0],
    [{ SHUTDOWN_GRACE: "1h", SHUTDOWN_DELAY: "1m" }, 60_000],
  ])("do not come of a default: with %j an API leaves for %d ms", (env, delayMs) => {
    const names = ["SHUTDOWN_DELAY", "SHUTDOWN_GRACE"] as const;

    expect(readSettings(env, names).SHUTDOWN_DELAY).toBe(delayMs);
  });

  it("are none when the longest text just fits into the largest body", () => {
    const env = { MAX_TEXT_CHARS: "1013", MAX_BODY_BYTES: "1KiB" };

    expect(() => readSettings(env, ["MAX_TEXT_CHARS", "MAX_BODY_BYTES"])).not.toThrow();
  });

  it("do so when one makes no sense without the other", () => {
    const names = ["STORAGE_EARLY_EXPIRY", "STORAGE_MAX_BYTES"] as const;

    const message = messageFor({ STORAGE_EARLY_EXPIRY: "true" }, [...names]);

    for (const name of names) expect(message).toContain(name);
    expect(() => readSettings({ STORAGE_MAX_BYTES: "1GiB" }, names)).not.toThrow();
    expect(() =>
      readSettings({ STORAGE_EARLY_EXPIRY: "true", STORAGE_MAX_BYTES: "1GiB" }, names),
    ).not.toThrow();
  });

  it("do so also when one of them is a default", () => {
    const message = messageFor({ KEY_CHARS_PER_MINUTE: "500" }, ["KEY_CHARS_PER_MINUTE", "MAX_TEXT_CHARS"]);

    expect(message).toContain("MAX_TEXT_CHARS (200000) and KEY_CHARS_PER_MINUTE (500)");
  });

  it("agree when they are equal, or when one is not set", () => {
    const names = ["TENANT_MAX_PENDING_JOBS", "MAX_PENDING_JOBS", "KEY_CHARS_PER_MINUTE"] as const;

    expect(readSettings({ TENANT_MAX_PENDING_JOBS: "10", MAX_PENDING_JOBS: "10" }, names)).toMatchObject({
      KEY_CHARS_PER_MINUTE: undefined,
    });
  });
});

describe("readSettings", () => {
  it("takes the default of what is not set, and of what is set to nothing", () => {
    const env = { PORT: "", LOG_LEVEL: " " };

    expect(readSettings(env, ["PORT", "LOG_LEVEL", "AUDIO_TTL", "BOOTSTRAP_API_KEY"])).toEqual({
      PORT: 3000,
      LOG_LEVEL: "info",
      AUDIO_TTL: 86_400_000,
      BOOTSTRAP_API_KEY: undefined,
    });
  });

  it("has a default that its own setting accepts, for each that has one", () => {
    const names = Object.keys(settings) as SettingName[];
    const optional = names.filter((name) => settings[name].byDefault !== null);

    expect(() => readSettings({}, optional)).not.toThrow();
  });

  it("reads only what was asked for", () => {
    expect(readSettings({ PORT: "4000", REDIS_URL: "nonsense" }, ["PORT"])).toEqual({ PORT: 4000 });
  });

  it("names every fault at once, with what was expected and what was got", () => {
    const message = messageFor({ PORT: "http", AUDIO_TTL: "24" }, ["PORT", "AUDIO_TTL", "REDIS_URL", "HOST"]);

    expect(message.split("\n")).toEqual([
      "Invalid configuration:",
      '  PORT: expected a whole number from 1 to 65535, got "http"',
      '  AUDIO_TTL: expected a duration from 1s to 3650d, with its unit: ms, s, m, h or d, got "24"',
      "  REDIS_URL: must be set: expected redis://[user:password@]host[:port][/database], rediss:// for TLS, or redis+sentinel://host[:port],.../primary-name (docs/operations.md)",
    ]);
  });

  it("repeats no secret in a fault", () => {
    const env = { WEBHOOK_SECRET: "hunter2", REDIS_URL: "http://hunter2", AUDIO_LINK_SECRET: "hunter2" };

    const message = messageFor(env, ["WEBHOOK_SECRET", "REDIS_URL", "AUDIO_LINK_SECRET"]);

    expect(message).toContain("WEBHOOK_SECRET");
    expect(message).not.toContain("hunter2");
  });

  it.each<[SettingName, string, string]>([
    ["BOOTSTRAP_API_KEY", "change-me", `echo "hk_$(openssl rand -base64 32 | tr '+/' '-_' | tr -d =)"`],
    ["AUDIO_LINK_SECRET", "change-me", "openssl rand -base64 32"],
    ["WEBHOOK_SECRET", "change-me", 'echo "whsec_$(openssl rand -base64 32)"'],
    ["REDIS_URL", "redis://:change-me@redis:6379", "openssl rand -hex 32"],
  ])("refuses %s left at its placeholder, and says how to make one", (name, text, command) => {
    expect(messageFor({ [name]: text }, [name])).toContain(
      `${name}: is still the placeholder change-me; this makes a new secret: ${command}`,
    );
  });

  it("makes secrets, by the commands that it names, which it accepts", () => {
    const makeable = Object.entries<Setting<unknown>>(settings).filter(
      ([, { madeBy }]) => madeBy !== undefined,
    );

    for (const [name, { madeBy = "", schema }] of makeable) {
      const made = execFileSync("sh", ["-c", madeBy], { encoding: "utf8" }).trim();
      const text = name === "REDIS_URL" ? `redis://:${made}@redis:6379` : made;
      expect(schema.safeParse(text).success).toBe(true);
    }
  });

  it.each([
    [{}, "http://127.0.0.1:3000"],
    [{ PORT: "4000", HOST: "0.0.0.0" }, "http://127.0.0.1:4000"],
    [{ HOST: "::1" }, "http://[::1]:3000"],
    [{ PUBLIC_URL: "https://speak.example/herald/" }, "https://speak.example/herald"],
  ])("knows from %j where clients reach the API", (env, url) => {
    expect(readSettings(env, ["PUBLIC_URL"])).toEqual({ PUBLIC_URL: url });
  });

  it("makes room in a body for the longest text that is allowed", () => {
    expect(readSettings({}, ["MAX_BODY_BYTES"]).MAX_BODY_BYTES).toBe(2 * 2 ** 20);
    expect(readSettings({ MAX_TEXT_CHARS: "1000000" }, ["MAX_BODY_BYTES"]).MAX_BODY_BYTES).toBe(8_000_000);
  });

  it("blames a default that does not work out on what it is derived from", () => {
    expect(messageFor({ MAX_TEXT_CHARS: "many" }, ["MAX_BODY_BYTES"])).toContain("`MAX_TEXT_CHARS`");
  });

  it.each<[SettingName, string, unknown]>([
    ["WEBHOOK_RETRY_DELAYS", "500ms, 5m,7d", [500, 300_000, 604_800_000]],
    [
      "WEBHOOK_RETRY_DELAYS",
      "standard",
      [5, 30, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400].map((seconds) => seconds * 1_000),
    ],
    ["WEBHOOK_ALLOW_CIDRS", "", []],
    ["WEBHOOK_ALLOW_CIDRS", "10.0.0.0/8, fd00::/8", ["10.0.0.0/8", "fd00::/8"]],
    ["WEBHOOK_ALLOW_HTTP", "1", true],
    ["WEBHOOK_PORTS", "", []],
    [
      "WEBHOOK_PORTS",
      "443, 9000-9999",
      [
        { from: 443, to: 443 },
        { from: 9000, to: 9999 },
      ],
    ],
    ["WEBHOOK_PROXY_URL", "http://user:p@proxy:4750", "http://user:p@proxy:4750"],
    ["KEEP_TEXT", "false", false],
    ["ENGINE_MEMORY_LIMIT", "2GiB", 2 ** 31],
    ["STORAGE_MAX_BYTES", "2TiB", 2 ** 41],
    ["REDIS_URL", "rediss://user:p@host:6380/2", "rediss://user:p@host:6380/2"],
    ["STORAGE_URL", "file:///var/lib/herald", { kind: "file", directory: "/var/lib/herald" }],
    ["WEBHOOK_SECRET", SECRET, Buffer.alloc(32, 1)],
    ["AUDIO_LINK_SECRET", Buffer.alloc(32, 2).toString("base64"), Buffer.alloc(32, 2)],
    ["SHUTDOWN_GRACE", "0s", 0],
  ])("reads %s=%s", (name, text, expected) => {
    expect(readSettings({ [name]: text }, [name])).toEqual({ [name]: expected });
  });

  it.each<[SettingName, string]>([
    ["PORT", "0"],
    ["PORT", "65536"],
    ["PORT", "3e3"],
    ["PORT", "0x10"],
    ["PORT", "-1"],
    ["HOST", "two words"],
    ["PUBLIC_URL", "ftp://host"],
    ["PUBLIC_URL", "http://host/?a=b"],
    ["PUBLIC_URL", "http://user:pw@host"],
    ["REDIS_URL", "redis://"],
    ["REDIS_URL", "http://host"],
    ["REDIS_URL", "redis://host/zero"],
    ["HERALD_TAG", "a}b"],
    ["STORAGE_URL", "s3://bucket?regoin=eu"],
    ["STORAGE_URL", "file://host/share"],
    ["STORAGE_URL", "./data"],
    ["STORAGE_MAX_BYTES", "1KiB"],
    ["STORAGE_MAX_BYTES", "10TB"],
    ["AUDIO_TTL", "0s"],
    ["AUDIO_TTL", "1.5h"],
    ["AUDIO_TTL", "1 h"],
    ["AUDIO_TTL", "-1s"],
    ["WEBHOOK_TIMEOUT", "10m"],
    ["WEBHOOK_RETRY_DELAYS", "2s,,8s"],
    ["WEBHOOK_RETRY_DELAYS", "2s;8s"],
    ["WEBHOOK_RETRY_DELAYS", "toString"],
    ["WEBHOOK_RETRY_JITTER", "101"],
    ["WEBHOOK_PORTS", "0"],
    ["WEBHOOK_PORTS", "443,65536"],
    ["WEBHOOK_PORTS", "9999-9000"],
    ["WEBHOOK_PROXY_URL", "proxy:4750"],
    ["WEBHOOK_PROXY_URL", "socks5://proxy:1080"],
    ["WEBHOOK_PROXY_URL", "http://proxy/path"],
    ["WEBHOOK_ALLOW_CIDRS", "10.0.0.0"],
    ["WEBHOOK_ALLOW_CIDRS", "10.0.0.0/33"],
    ["WEBHOOK_ALLOW_CIDRS", "localhost/8"],
    ["WEBHOOK_ALLOW_HTTP", "yes"],
    ["KEEP_TEXT", "TRUE"],
    ["ENGINE_MEMORY_LIMIT", "512"],
    ["ENGINE_MEMORY_LIMIT", "512MB"],
    ["ENGINE_MEMORY_LIMIT", "1B"],
    ["SYNTHESIS_CONCURRENCY", "0"],
    ["SCRATCH_DIR", "tmp"],
    ["LOG_LEVEL", "verbose"],
    ["LOG_FORMAT", "xml"],
    ["BOOTSTRAP_API_KEY", "hk_short"],
    ["WEBHOOK_SECRET", "whsec_"],
    ["WEBHOOK_SECRET", SECRET.replace("=", "")],
    ["AUDIO_LINK_SECRET", Buffer.alloc(31).toString("base64")],
    ["AUDIO_LINK_SECRET", "not base64 at all, but longer than thirty-two bytes would be"],
  ])("refuses %s=%s", (name, text) => {
    expect(messageFor({ [name]: text }, [name])).toContain(`${name}: expected `);
  });

  it("says which part of a storage URL is wrong", () => {
    expect(messageFor({ STORAGE_URL: "s3://bucket?regoin=eu" }, ["STORAGE_URL"])).toContain(
      'STORAGE_URL: expected no parameter "regoin", only endpoint, region,',
    );
  });

  it("repeats no password that stands where none belongs", () => {
    const message = messageFor({ STORAGE_URL: "s3://key:hunter2@bucket" }, ["STORAGE_URL"]);

    expect(message).toContain("STORAGE_URL: expected no credentials in it");
    expect(message).not.toContain("hunter2");
  });
});

describe("readSecretFiles", () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "herald-config-"));
  });

  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  async function fileWith(content: string, name = "secret"): Promise<string> {
    const file = path.join(directory, name);
    await writeFile(file, content);
    return file;
  }

  it("reads a secret from its file, and names the file no more", async () => {
    const env = readSecretFiles({ WEBHOOK_SECRET_FILE: await fileWith(`${SECRET}\n`), PORT: "4000" });

    expect(env).toEqual({ WEBHOOK_SECRET: SECRET, PORT: "4000" });
    expect(readSecretFiles(env)).toEqual(env);
  });

  it("changes nothing of the environment that it was given", async () => {
    const env = { WEBHOOK_SECRET_FILE: await fileWith(SECRET) };

    readSecretFiles(env);

    expect(Object.keys(env)).toEqual(["WEBHOOK_SECRET_FILE"]);
  });

  it("leaves alone a file for what is no secret", () => {
    expect(readSecretFiles({ PORT_FILE: "/nowhere" })).toEqual({ PORT_FILE: "/nowhere" });
  });

  it("names every file that is of no use: missing, empty, or beside the secret itself", async () => {
    const env = {
      WEBHOOK_SECRET_FILE: path.join(directory, "missing"),
      AUDIO_LINK_SECRET_FILE: await fileWith(" \n"),
      REDIS_URL_FILE: await fileWith("redis://elsewhere", "redis-url"),
      REDIS_URL: "redis://localhost",
    };

    expect(() => readSecretFiles(env)).toThrow(ConfigurationError);
    for (const fault of ["WEBHOOK_SECRET_FILE: ", "AUDIO_LINK_SECRET_FILE: ", "REDIS_URL_FILE: "]) {
      expect(() => readSecretFiles(env)).toThrow(fault);
    }
  });
});
