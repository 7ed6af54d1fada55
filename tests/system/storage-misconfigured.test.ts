import { afterEach, describe, expect, it } from "@jest/globals";
import { startApp, type AppName } from "../support/apps.ts";
import { s3Error, startScriptedS3, type ScriptedS3 } from "../support/scripted-s3.ts";
import { freePort } from "../support/wait.ts";

const servers: ScriptedS3[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

/** No Redis is there: storage that cannot be used is told first. */
async function start(name: AppName, env: Readonly<Record<string, string>>) {
  return startApp(name, {
    REDIS_URL: `redis://127.0.0.1:${await freePort()}`,
    PORT: String(await freePort()),
    HEALTH_PORT: String(await freePort()),
    AUDIO_LINK_SECRET: Buffer.alloc(32, 1).toString("base64"),
    ENCRYPTION_KEY: Buffer.alloc(32, 2).toString("base64"),
    AWS_ACCESS_KEY_ID: "herald",
    AWS_SECRET_ACCESS_KEY: "not-a-secret",
    LOG_FORMAT: "json",
    ...env,
  });
}

async function startWithoutBucket(): Promise<string> {
  const server = await startScriptedS3(() => s3Error(404, "NoSuchBucket"));
  servers.push(server);
  return server.endpoint;
}

describe("a process whose storage a person must set right", () => {
  it.each<AppName>(["api", "synthesis-worker", "housekeeper"])(
    "%s ends with exit code 78 and one message that names the setting and the fix",
    async (name) => {
      const app = await start(name, { STORAGE_URL: `s3://audio?endpoint=${await startWithoutBucket()}` });

      expect(await app.exited).toBe(78);

      const told = app
        .output()
        .split("\n")
        .filter((line) => line.includes("STORAGE_URL"));
      expect(told).toHaveLength(1);
      expect(told[0]).toContain("create it, or correct the URL");
      expect(app.output()).not.toMatch(/NodeVersionSupportWarning|not-a-secret/);
    },
    30_000,
  );

  it("ends so when https is spoken to a server that does not", async () => {
    const endpoint = (await startWithoutBucket()).replace("http:", "https:");
    const app = await start("api", { STORAGE_URL: `s3://audio?endpoint=${endpoint}` });

    expect(await app.exited).toBe(78);
    expect(app.output()).toContain("correct http or https in the endpoint");
  }, 30_000);

  it("ends so when files are to be downloaded from S3", async () => {
    const app = await start("api", { STORAGE_URL: "file:///tmp/herald-never", S3_DOWNLOADS: "redirect" });

    expect(await app.exited).toBe(78);
    expect(app.output()).toContain("S3_DOWNLOADS: redirect needs STORAGE_URL to be an s3:// URL");
  }, 30_000);
});
