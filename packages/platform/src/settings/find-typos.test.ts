import { expect, it } from "@jest/globals";
import { findTypos } from "./find-typos.ts";

it.each([
  ["WEBHOOK_SECERT", "WEBHOOK_SECRET"],
  ["SYNTHESIS_CONCURENCY", "SYNTHESIS_CONCURRENCY"],
  ["redis_url", "REDIS_URL"],
  ["STORAGE-URL", "STORAGE_URL"],
  ["WEBHOOK_SECRETS_FILE", "WEBHOOK_SECRET_FILE"],
])("takes %s for %s", (name, meant) => {
  expect(findTypos({ [name]: "x" })).toEqual([{ name, meant }]);
});

it("says nothing of settings, nor of what other programs read", () => {
  const others = [
    "HOME",
    "HOSTNAME",
    "PATH",
    "PWD",
    "POST",
    "SHELL",
    "LOGNAME",
    "LOG_FILE",
    "TERM",
    "NODE_ENV",
  ];
  const env = Object.fromEntries(
    [...others, "HOST", "PORT", "REDIS_URL", "REDIS_URL_FILE"].map((n) => [n, "x"]),
  );

  expect(findTypos(env)).toEqual([]);
});
