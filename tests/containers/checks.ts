import { readFile } from "node:fs/promises";
import { createClient } from "../support/client.ts";
import { waitFor } from "../support/wait.ts";
import type { Docker } from "./docker.ts";
import { linesOf, type Service, type Stack } from "./stack.ts";

const HERALD: readonly Service[] = ["api", "synthesis-worker", "webhook-worker", "housekeeper"];

/** As `stop_grace_period` in docker-compose.yml. */
const STOP_GRACE_SECONDS = 32;

/** A promise about the containers; it rejects, saying what it found, when the promise is broken. */
export interface Check {
  readonly promise: string;
  readonly hold: () => Promise<void>;
}

export function containerChecks({ docker }: Docker, stack: Stack): Check[] {
  const inEach = async (look: (id: string, service: Service) => Promise<void>): Promise<void> => {
    for (const service of HERALD) {
      for (const id of await stack.ids(service)) await look(id, service);
    }
  };
  const shell = (id: string, script: string) => docker("exec", id, "sh", "-c", script);
  const inImage = (script: string) => docker("run", "--rm", "--entrypoint", "sh", stack.image, "-c", script);
  const inspect = (id: string, format: string) => docker("inspect", "--format", format, id);

  return [
    {
      promise: "every container is healthy",
      hold: () => inEach((id) => stack.untilHealthy(id)),
    },
    {
      promise: "no process is root, has a capability, or can gain one",
      hold: () =>
        inEach(async (id) => {
          equal(await shell(id, "id -u"), "1000");
          equal(
            await shell(id, "grep -hE '^(CapEff|CapBnd|NoNewPrivs)' /proc/1/status | tr -d '\\t\\n'"),
            NO_PRIVILEGES,
          );
        }),
    },
    {
      promise: "the root file system is read-only, and jobs ran on it",
      hold: () =>
        inEach(async (id) => {
          contains(await shell(id, "touch /app/x 2>&1 || true"), "Read-only file system");
        }),
    },
    {
      promise: "an init is process 1, and no dead child is left unreaped",
      hold: () =>
        inEach(async (id) => {
          contains(await shell(id, "cat /proc/1/comm"), "tini");
          equal(await shell(id, "cat /proc/[0-9]*/stat 2>/dev/null | grep -c ') Z ' || true"), "0");
        }),
    },
    {
      promise: "the image holds no development dependency, source, test or build tool",
      hold: async () => {
        const held = new Set(linesOf(await inImage("find node_modules -maxdepth 2 -mindepth 1")));
        equal((await developmentPackages()).filter((path) => held.has(path)).join(), "");
        equal(
          await inImage("find . -path ./node_modules -prune -o -name '*.ts' -print -o -name '*.map' -print"),
          "",
        );
        equal(
          await inImage(
            "for tool in npm npx yarn corepack gcc make python3; do command -v $tool; done; true",
          ),
          "",
        );
      },
    },
    {
      promise: "no port is published beyond loopback, and none but the API's",
      hold: async () => {
        for (const id of await stack.allIds())
          equal(await publishedPorts(docker, id, await stack.ids("receiver")), "");
      },
    },
    {
      promise: "a wrong process name says which there are",
      hold: async () => {
        const answer = await docker("run", "--rm", stack.image, "nothing").catch((error: unknown) =>
          String(error),
        );
        for (const service of HERALD) contains(answer, service);
      },
    },
    {
      promise: `each container ends with code 0 within ${STOP_GRACE_SECONDS} s of docker stop, in the middle of a job`,
      async hold() {
        await startLongJob(stack);
        await inEach(async (id) => {
          await docker("stop", "--time", String(STOP_GRACE_SECONDS), id);
          equal(await inspect(id, "{{.State.ExitCode}}"), "0");
        });
      },
    },
  ];
}

const NO_PRIVILEGES = `CapEff:${"0".repeat(16)}CapBnd:${"0".repeat(16)}NoNewPrivs:1`;

/** Resolves when it is being spoken, which takes longer than a worker has for stopping. */
async function startLongJob({ apiUrl, env }: Stack): Promise<void> {
  const client = createClient(apiUrl, env["BOOTSTRAP_API_KEY"] ?? "");
  const { job_id } = await client.submit({ text: "There is more to say than there is time. ".repeat(4800) });
  await waitFor(async () => (await client.job(job_id)).status === "processing", {
    what: "the long job to begin",
  });
}

/** What npm installs for development alone, as the lock file says. */
async function developmentPackages(): Promise<string[]> {
  const lock = JSON.parse(await readFile("package-lock.json", "utf8")) as {
    packages: Record<string, { dev?: boolean }>;
  };
  return Object.entries(lock.packages).flatMap(([path, { dev }]) => (dev === true ? [path] : []));
}

/** Those that should not be. The receiver's is the test's own. */
async function publishedPorts(
  docker: Docker["docker"],
  id: string,
  receivers: readonly string[],
): Promise<string> {
  const published = linesOf(await docker("port", id));
  const own = /^(3000|8080)\/tcp -> 127\.0\.0\.1:\d+$/;
  return published
    .filter((line) => !own.test(line) || (line.startsWith("8080") && !receivers.includes(id)))
    .join();
}

function equal(found: string, expected: string): void {
  if (found !== expected)
    throw new Error(`expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`);
}

function contains(found: string, part: string): void {
  if (!found.includes(part)) throw new Error(`expected ${JSON.stringify(part)} in ${JSON.stringify(found)}`);
}
