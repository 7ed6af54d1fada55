import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

export interface SmallDisk {
  readonly directory: string;
  fill(): Promise<void>;
  free(): Promise<void>;
  unmount(): Promise<void>;
}

const run = promisify(execFile);
const MEBIBYTE = Buffer.alloc(2 ** 20, 1);
/** Beside one for each job: a fifth of them are long, and take some three. */
const SPARE_MEBIBYTES = 64;

/**
 * A file system of its own in memory, with room for the audio of so many jobs; or the reason why there can be none here: it
 * takes the right to mount.
 */
export async function mountSmallDisk(jobs: number): Promise<SmallDisk | string> {
  const mebibytes = SPARE_MEBIBYTES + jobs;
  const mountPoint = await mkdtemp(join(tmpdir(), "herald-disk-"));
  try {
    await run("mount", ["-t", "tmpfs", "-o", `size=${mebibytes}m`, "tmpfs", mountPoint]);
  } catch (error) {
    await rm(mountPoint, { recursive: true });
    return `no small disk could be mounted: ${(error as Error).message.trim()}`;
  }
  const directory = join(mountPoint, "audio");
  const filler = join(mountPoint, "filler");
  await mkdir(directory);
  return {
    directory,
    async fill() {
      for (let i = 0; i <= mebibytes; i++) {
        const isFull = await writeFile(filler, MEBIBYTE, { flag: "a" }).then(
          () => false,
          () => true,
        );
        if (isFull) return;
      }
    },
    async free() {
      await rm(filler, { force: true });
    },
    async unmount() {
      await run("umount", [mountPoint]);
      await rm(mountPoint, { recursive: true });
    },
  };
}
