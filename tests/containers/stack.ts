import { appendFile, copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify, parseEnv } from "node:util";
import { execFile } from "node:child_process";
import { freePort, waitFor } from "../support/wait.ts";
import type { Docker } from "./docker.ts";

export type Service = "api" | "synthesis-worker" | "webhook-worker" | "housekeeper" | "redis" | "receiver";

const RECEIVER_PORT = 8080;

/** docker-compose.yml as README says to start it, under a project name of its own, with a receiver beside it. */
export interface Stack {
  readonly image: string;
  readonly apiUrl: string;
  readonly receiverUrl: string;
  /** Where webhooks go: the receiver, as the other containers see it. */
  readonly hookUrl: string;
  readonly env: NodeJS.Dict<string>;
  /** Container ids, in the order of their numbers. */
  ids(service: Service): Promise<string[]>;
  allIds(): Promise<string[]>;
  /** By the image's own health check. */
  untilHealthy(id: string): Promise<void>;
  scale(service: Service, count: number): Promise<void>;
  logs(): Promise<string>;
}

export interface StackFiles {
  readonly image: string;
  readonly compose: Docker["compose"];
  readonly envFile: string;
  remove(): Promise<void>;
}

/** Only names and files: what `remove` takes away may or may not have been started. */
export async function prepareStack({ docker, compose }: Docker): Promise<StackFiles> {
  const directory = await mkdtemp(join(tmpdir(), "herald-containers-"));
  const project = `herald-test-${process.pid}`;
  const image = `herald:test-${process.pid}`;
  const envFile = join(directory, ".env");
  await copyFile(".env.example", envFile);
  await promisify(execFile)("sh", ["deploy/fill-secrets.sh", envFile]);
  const port = await freePort();
  await addSettings(envFile, {
    HERALD_IMAGE: image,
    API_BIND: "127.0.0.1",
    API_PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    SYNTHESIS_CONCURRENCY: "1",
  });
  const files = ["docker-compose.yml", "tests/containers/receiver.yml"].flatMap((file) => ["--file", file]);
  const inProject: Docker["compose"] = (...args) =>
    compose("--project-name", project, "--env-file", envFile, ...files, "--project-directory", ".", ...args);
  return {
    image,
    envFile,
    compose: inProject,
    async remove() {
      await inProject("down", "--volumes", "--remove-orphans", "--timeout", "5");
      // Without its name; the layers stay as a cache for the next build.
      await docker("image", "rm", "--force", "--no-prune", image).catch(() => undefined);
      await rm(directory, { recursive: true });
    },
  };
}

/** The receiver first: its address has to be opened to webhooks before the rest starts. */
export async function startStack({ docker }: Docker, files: StackFiles, workers: number): Promise<Stack> {
  const { compose, envFile, image } = files;
  const ids = async (service: Service) => linesOf(await compose("ps", "--quiet", service));
  await compose("up", "--detach", "--no-deps", "receiver");
  const [receiver = ""] = await ids("receiver");
  const address = await docker(
    "inspect",
    "--format",
    "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}",
    receiver,
  );
  // By name and plain http, which needs both: an address range says nothing of a name before it is looked up.
  await addSettings(envFile, { WEBHOOK_ALLOW_CIDRS: `${address}/32`, WEBHOOK_ALLOW_HTTP: "true" });
  await compose("up", "--detach", "--scale", `synthesis-worker=${workers}`);
  const env = parseEnv(await readFile(envFile, "utf8"));
  return {
    image,
    env,
    apiUrl: env["PUBLIC_URL"] ?? "",
    receiverUrl: `http://${await compose("port", "receiver", String(RECEIVER_PORT))}`,
    hookUrl: `http://receiver:${RECEIVER_PORT}/hook`,
    ids: async (service) => inOrder(docker, await ids(service)),
    allIds: async () => linesOf(await compose("ps", "--quiet")),
    async untilHealthy(id) {
      const status = () => docker("inspect", "--format", "{{.State.Health.Status}}", id);
      await waitFor(async () => (await status()) === "healthy", {
        timeoutMs: 90_000,
        what: `${id} to be healthy`,
      });
    },
    async scale(service, count) {
      await compose(
        "up",
        "--detach",
        "--no-deps",
        "--no-recreate",
        "--scale",
        `${service}=${count}`,
        service,
      );
    },
    logs: () => compose("logs", "--no-color", "--tail", "40"),
  };
}

async function addSettings(file: string, settings: Readonly<Record<string, string>>): Promise<void> {
  await appendFile(
    file,
    Object.entries(settings)
      .map(([name, value]) => `\n${name}=${value}`)
      .join(""),
  );
}

async function inOrder(docker: Docker["docker"], ids: readonly string[]): Promise<string[]> {
  const format = '{{index .Config.Labels "com.docker.compose.container-number"}}';
  const numbered = await Promise.all(
    ids.map(async (id) => ({ id, number: Number(await docker("inspect", "--format", format, id)) })),
  );
  return numbered.sort((a, b) => a.number - b.number).map(({ id }) => id);
}

export function linesOf(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}
