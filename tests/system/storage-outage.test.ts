import { execFileSync } from "node:child_process";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startHerald, type Herald } from "../support/herald.ts";
import { waitFor } from "../support/wait.ts";

const JOBS = 30;
const TEXT = "This job is long enough to be caught in the middle of its work. ".repeat(4);
const TMPFS_BYTES = 64 * 2 ** 20;

function succeeds(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** A small disk of its own; null where none can be had. */
async function mountDisk(): Promise<string | null> {
  const directory = await mkdtemp(join(tmpdir(), "herald-disk-"));
  if (succeeds("mount", "-t", "tmpfs", "-o", `size=${TMPFS_BYTES}`, "tmpfs", directory)) return directory;
  await rm(directory, { recursive: true });
  return null;
}

const disk = await mountDisk();
if (disk === null) {
  process.stderr.write("Skipped: a disk that is full or read-only needs root, to mount a tmpfs.\n");
}
const describeWithDisk = disk === null ? describe.skip : describe;

afterAll(async () => {
  if (disk === null) return;
  execFileSync("umount", ["--lazy", disk]);
  await rm(disk, { recursive: true, force: true });
});

/** A Herald on the disk, for the tests of one block. */
function useHerald(env: Readonly<Record<string, string>>) {
  let herald: Herald;
  let audio: string;

  beforeAll(async () => {
    audio = join(await mkdtemp(join(disk ?? tmpdir(), "herald-audio-")), "audio");
    herald = await startHerald({
      synthesisWorkers: 2,
      env: { STORAGE_URL: pathToFileURL(audio).href, ...env },
    });
  }, 60_000);

  afterAll(async () => {
    await herald.stop();
    await rm(audio, { recursive: true, force: true });
  }, 60_000);

  /** How jobs end that an outage caught in the middle of the work, which ends once both workers have stopped to take any. */
  async function outcomesOver(beginOutage: () => unknown, endOutage: () => unknown): Promise<string[]> {
    const marks = herald.synthesisWorkers.map((worker) => worker.output().length);
    const told = (event: string) =>
      herald.synthesisWorkers.every((worker, i) => worker.output().slice(marks[i]).includes(event));
    const submitSome = () =>
      Promise.all(Array.from({ length: JOBS }, () => herald.client.submit({ text: TEXT })));
    const early = await submitSome();
    await waitFor(() => told("synthesis.attempted"), {
      timeoutMs: 30_000,
      what: "the workers to be at work",
    });

    await beginOutage();
    // So that there is work for both workers to notice by, however fast they have been until now.
    const jobs = [...early, ...(await submitSome())];
    await waitFor(() => told("storage.lost"), { timeoutMs: 20_000, what: "the workers to notice" });
    const [worker = ""] = herald.metricsTargets.get("synthesis-worker") ?? [];
    const metrics = await (await fetch(`http://${worker}/metrics`)).text();
    const [ready, live] = await Promise.all(
      ["ready", "live"].map((probe) => fetch(`http://${worker}/health/${probe}`)),
    );
    await endOutage();

    expect(metrics).toMatch(/herald_storage_held\{.*\} 1/);
    expect([ready?.status, live?.status]).toEqual([503, 200]);
    const ended = await Promise.all(jobs.map(({ job_id }) => herald.client.ended(job_id, 60_000)));
    return [...new Set(ended.map(({ status }) => status))];
  }

  return { outcomesOver, audio: () => audio };
}

/** Linux refuses while a file is open for writing. */
const remount = (how: "ro" | "rw") =>
  waitFor(() => succeeds("mount", "-o", `remount,${how}`, disk ?? ""), { what: `remounting ${how}` });
const ballast = () => join(disk ?? "", "ballast");

async function fill(): Promise<void> {
  const { code } = await writeFile(ballast(), Buffer.alloc(TMPFS_BYTES)).then(
    () => ({ code: "none" }),
    (error: unknown) => error as { code: string },
  );
  expect(code).toBe("ENOSPC");
}

describe("storage that takes no audio while jobs run, each with a single attempt", () => {
  const { outcomesOver, audio } = useHerald({ SYNTHESIS_ATTEMPTS: "1" });

  it("because its directory is missing: none of them fails, and all are done once it is back", async () => {
    const vanish = () => rename(audio(), `${audio()}-away`);
    const appear = () => rename(`${audio()}-away`, audio());

    expect(await outcomesOver(vanish, appear)).toEqual(["completed"]);
  }, 120_000);

  describeWithDisk("on a disk of its own", () => {
    it("because it is read-only: none of them fails, and all are done once it is not", async () => {
      const outcomes = await outcomesOver(
        () => remount("ro"),
        () => remount("rw"),
      );

      expect(outcomes).toEqual(["completed"]);
    }, 120_000);
  });
});

// What is thrown away makes room on a full disk for a moment: an audio may not fit although the storage takes another.
describeWithDisk("storage whose disk fills up while jobs run", () => {
  const { outcomesOver } = useHerald({});

  it("fails none of them, and all are done once there is room", async () => {
    expect(await outcomesOver(fill, () => rm(ballast()))).toEqual(["completed"]);
  }, 120_000);
});
