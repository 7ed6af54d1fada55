import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { loadSecrets } from "./secrets.ts";

let directory: string;
let file: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "herald-secrets-"));
  file = join(directory, "secrets.json");
});

afterEach(() => rm(directory, { recursive: true }));

it("makes secrets of 32 random bytes, and finds the same ones ever after", async () => {
  const made = await loadSecrets(file, {});

  expect(made.WEBHOOK_SECRET).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(made.AUDIO_LINK_SECRET).toMatch(/^[A-Za-z0-9+/]{43}=$/);
  expect(made.ENCRYPTION_KEY).toMatch(/^[A-Za-z0-9+/]{43}=$/);
  expect(await loadSecrets(file, {})).toEqual(made);
});

it("keeps them from everybody but the owner", async () => {
  await loadSecrets(file, {});
  expect((await stat(file)).mode & 0o777).toBe(0o600);

  await chmod(file, 0o644);
  await loadSecrets(file, {});
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

it("makes and keeps none that the environment gives", async () => {
  const given = { WEBHOOK_SECRET: "whsec_mine", AUDIO_LINK_SECRET: "mine", ENCRYPTION_KEY: "mine" };

  expect(await loadSecrets(file, given)).toEqual({});
  expect(await readdir(directory)).toEqual([]);
});

it("adds the one that is missing to the one that is kept", async () => {
  const { AUDIO_LINK_SECRET } = await loadSecrets(file, { WEBHOOK_SECRET: "whsec_mine" });

  const both = await loadSecrets(file, { WEBHOOK_SECRET: "" });

  expect(both.WEBHOOK_SECRET).toMatch(/^whsec_/);
  expect(both.AUDIO_LINK_SECRET).toBe(AUDIO_LINK_SECRET);
});

it.each(["", "{", "[1]", '{"WEBHOOK_SECRET": 5}'])("does not replace a damaged file: %j", async (text) => {
  await writeFile(file, text);

  await expect(loadSecrets(file, {})).rejects.toThrow(`${file} is damaged`);
  expect(await readFile(file, "utf8")).toBe(text);
});
