import { readFile } from "node:fs/promises";
import { expect, it } from "@jest/globals";
import { renderConfiguration } from "./render-configuration.ts";
import { settings } from "@herald/platform/settings/settings";

it("is what docs/configuration.md says; `npm run docs` writes it", async () => {
  const page = await readFile(new URL("../../docs/configuration.md", import.meta.url), "utf8");

  expect(page).toBe(renderConfiguration());
});

it.each(Object.keys(settings))("tells of %s", (name) => {
  expect(renderConfiguration()).toContain(`| \`${name}\` `);
});
