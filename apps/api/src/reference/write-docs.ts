import { readFile, writeFile } from "node:fs/promises";
import { renderReference } from "./render-reference.ts";

const page = new URL("../../../../docs/api.md", import.meta.url);
await writeFile(page, renderReference(await readFile(page, "utf8")));
