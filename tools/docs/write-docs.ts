import { readFile, writeFile } from "node:fs/promises";
import { renderConfiguration } from "./render-configuration.ts";
import { renderMetrics } from "./render-metrics.ts";
import { renderReference } from "./render-reference.ts";

const page = (name: string): URL => new URL(`../../docs/${name}.md`, import.meta.url);

await writeFile(page("configuration"), renderConfiguration());
await writeFile(page("metrics"), renderMetrics());
await writeFile(page("api"), renderReference(await readFile(page("api"), "utf8")));
