import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse, stringify } from "yaml";
import { MONITORING } from "./monitoring.ts";
import { freePort, waitFor } from "./wait.ts";

const run = promisify(execFile);

/** Debian's package `prometheus` brings both. */
async function isInstalled(): Promise<boolean> {
  return Promise.all([run("promtool", ["--version"]), run("prometheus", ["--version"])]).then(
    () => true,
    () => false,
  );
}

/** Whether to skip what needs Prometheus. Says so; never in CI, where a missing tool is a failure. */
export async function skipsPrometheus(): Promise<boolean> {
  if (process.env["CI"] === "true" || (await isInstalled())) return false;
  process.stderr.write(
    "skipped: needs `prometheus` and `promtool` on the PATH (apt-get install prometheus)\n",
  );
  return true;
}

/** Resolves to what it printed; rejects with that when it found fault. */
export async function promtool(...args: readonly string[]): Promise<string> {
  return (await run("promtool", args)).stdout;
}

interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [time: number, value: string];
}

export interface RuleState {
  readonly name: string;
  readonly health: "ok" | "err" | "unknown";
  readonly lastError?: string;
  /** Of an alert. */
  readonly state?: "inactive" | "pending" | "firing";
}

export interface Prometheus {
  query(expr: string): Promise<readonly Sample[]>;
  rules(): Promise<readonly RuleState[]>;
  stop(): Promise<void>;
}

/**
 * A real Prometheus with the configuration that is shipped: only what is in it about finding the processes is replaced by
 * the given targets, by job, and all goes in seconds.
 */
export async function startPrometheus(targets: ReadonlyMap<string, readonly string[]>): Promise<Prometheus> {
  const directory = await mkdtemp(join(tmpdir(), "herald-prometheus-"));
  const config = join(directory, "prometheus.yml");
  await writeFile(config, stringify(configure(await readShipped(), targets)));
  const address = `127.0.0.1:${await freePort()}`;
  const data = join(directory, "data");
  const args = [
    `--config.file=${config}`,
    `--storage.tsdb.path=${data}`,
    `--web.listen-address=${address}`,
    "--log.level=error",
  ];
  const child = spawn("prometheus", args, { stdio: ["ignore", "ignore", "inherit"] });
  const exited = once(child, "exit");
  const isReady = () =>
    fetch(`http://${address}/-/ready`).then(
      (answer) => answer.ok,
      () => false,
    );
  await waitFor(isReady, { timeoutMs: 20_000, what: "Prometheus to be ready" });

  async function ask<T>(path: string): Promise<T> {
    const answer = await fetch(`http://${address}/api/v1/${path}`);
    const body = (await answer.json()) as { status: string; data: T; error?: string };
    if (body.status !== "success") throw new Error(`${path}: ${body.error ?? answer.statusText}`);
    return body.data;
  }

  return {
    async query(expr) {
      return (await ask<{ result: Sample[] }>(`query?query=${encodeURIComponent(expr)}`)).result;
    },
    async rules() {
      return (await ask<{ groups: { rules: RuleState[] }[] }>("rules")).groups.flatMap(({ rules }) => rules);
    },
    async stop() {
      child.kill("SIGTERM");
      await exited;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

interface Config {
  readonly global: object;
  readonly scrape_configs: readonly { readonly job_name: string; readonly dns_sd_configs: unknown }[];
}

async function readShipped(): Promise<Config> {
  return parse(await readFile(join(MONITORING, "prometheus.yml"), "utf8")) as Config;
}

function configure(shipped: Config, targets: ReadonlyMap<string, readonly string[]>) {
  return {
    ...shipped,
    global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
    rule_files: [join(MONITORING, "rules/*.yml")],
    scrape_configs: shipped.scrape_configs.map(({ job_name }) => ({
      job_name,
      static_configs: [{ targets: targets.get(job_name) ?? [] }],
    })),
  };
}
