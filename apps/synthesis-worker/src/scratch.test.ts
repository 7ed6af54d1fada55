import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { openScratch } from "./scratch.ts";

/** Above what Linux hands out, so nobody's. */
const NOBODY = 2 ** 22 + 1;

describe("openScratch", () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "herald-scratch-test-"));
  });

  afterEach(() => rm(directory, { recursive: true }));

  async function leftBehindBy(pid: number): Promise<string> {
    const scratch = await openScratch(directory, pid);
    const file = scratch.fileFor("attempt");
    await writeFile(file, "half of something");
    return file;
  }

  it("removes what a killed process left behind", async () => {
    const leftover = await leftBehindBy(NOBODY);

    await openScratch(directory);

    expect(existsSync(leftover)).toBe(false);
  });

  it("removes what a killed process of its own pid left behind, as in a container that was started again", async () => {
    const leftover = await leftBehindBy(process.pid);

    const scratch = await openScratch(directory);

    expect(existsSync(leftover)).toBe(false);
    await writeFile(scratch.fileFor("attempt"), "something new");
  });

  it("leaves alone what another living process is writing", async () => {
    const inUse = await leftBehindBy(process.ppid);

    await openScratch(directory);

    expect(existsSync(inUse)).toBe(true);
  });

  it("knows whether it takes a write, and leaves nothing of the question behind", async () => {
    const scratch = await openScratch(directory);
    const own = path.dirname(scratch.fileFor("attempt"));

    await scratch.check();
    expect(await readdir(own)).toEqual([]);

    await rm(own, { recursive: true });
    await expect(scratch.check()).rejects.toThrow("ENOENT");
  });

  it("takes its own folder away when it stops", async () => {
    const scratch = await openScratch(directory);
    await writeFile(scratch.fileFor("attempt"), "done with");

    await scratch.stop();

    expect(existsSync(path.dirname(scratch.fileFor("attempt")))).toBe(false);
  });
});
