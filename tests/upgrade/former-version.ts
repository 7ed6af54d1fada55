import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface FormerVersion {
  /** A built checkout. */
  readonly root: string;
  remove(): Promise<void>;
}

/** Checks a revision out beside this one and builds it. */
export async function checkOut(revision: string): Promise<FormerVersion> {
  const root = await mkdtemp(join(tmpdir(), "herald-former-"));
  await run("git", ["worktree", "add", "--detach", root, revision]);
  const npm = (...args: string[]) => run("npm", args, { cwd: root });
  await npm("ci", "--ignore-scripts");
  await npm("run", "build");
  return {
    root,
    async remove() {
      await run("git", ["worktree", "remove", "--force", root]);
      await rm(root, { recursive: true, force: true });
    },
  };
}
