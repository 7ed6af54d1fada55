import { execFileSync } from "node:child_process";
import { copyFile, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { readSettings } from "@herald/platform/settings/read-settings";

const SECRETS = ["BOOTSTRAP_API_KEY", "WEBHOOK_SECRET", "AUDIO_LINK_SECRET", "ENCRYPTION_KEY"] as const;

describe("deploy/fill-secrets.sh", () => {
  let directory: string;
  let file: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "herald-env-"));
    file = join(directory, ".env");
    await copyFile(".env.example", file);
  });

  afterEach(() => rm(directory, { recursive: true }));

  const read = async () => parseEnv(await readFile(file, "utf8"));
  const fill = () => execFileSync("sh", ["deploy/fill-secrets.sh", file]);

  it("turns an example that every process refuses into settings that they take", async () => {
    expect(() => readSettings(parseEnv("AUDIO_LINK_SECRET=change-me"), ["AUDIO_LINK_SECRET"])).toThrow();

    fill();

    const env = await read();
    expect(() => readSettings(env, SECRETS)).not.toThrow();
    expect(Object.values(env)).not.toContain("change-me");
    expect(env["REDIS_PASSWORD"]).toMatch(/^[A-Za-z0-9]{32,}$/);
  });

  it("changes nothing that is filled in, when it runs again", async () => {
    fill();
    const first = await readFile(file, "utf8");

    fill();

    expect(await readFile(file, "utf8")).toBe(first);
  });

  it("keeps what it writes from other users of the machine", async () => {
    fill();

    expect((await stat(file)).mode & 0o077).toBe(0);
  });

  it("keeps comments and other settings as they are", async () => {
    const unchanged = (text: string) =>
      text.split("\n").filter((line) => !/^\w+=(change-me|\S{30,})$/.test(line));
    const before = unchanged(await readFile(file, "utf8"));

    fill();

    expect(unchanged(await readFile(file, "utf8"))).toEqual(before);
  });
});
