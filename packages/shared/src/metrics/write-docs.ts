import { writeFile } from "node:fs/promises";
import { renderMetrics } from "./render-metrics.ts";

await writeFile(new URL("../../../../docs/metrics.md", import.meta.url), renderMetrics());
