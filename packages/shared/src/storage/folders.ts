import { lstat, mkdir, open, rmdir } from "node:fs/promises";
import path from "node:path";
import { hasCode } from "./storage-failure.ts";

const FOLDER_MODE = 0o750;

/** The folder `names` below `root`, made where it is missing. A folder made here survives a power cut. */
export async function makeFolders(root: string, names: readonly string[]): Promise<string> {
  let folder = root;
  for (const name of names) {
    const parent = folder;
    folder = path.join(parent, name);
    if (await makeFolder(folder)) {
      await syncFolder(parent);
    } else {
      await requireFolder(folder);
    }
  }
  return folder;
}

/** False when it was there. */
async function makeFolder(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, FOLDER_MODE);
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  }
}

/** The folder `names` below `root`, which must be there. */
export async function findFolder(root: string, names: readonly string[]): Promise<string> {
  let folder = root;
  for (const name of names) {
    folder = path.join(folder, name);
    await requireFolder(folder);
  }
  return folder;
}

/** A symbolic link could lead out of the storage. */
async function requireFolder(folder: string): Promise<void> {
  if (!(await lstat(folder)).isDirectory()) {
    throw new Error(`${folder} is not a directory`);
  }
}

/** What was renamed into a folder or made in it survives a power cut only once the folder itself is on disk. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes the folder `names` below `root` and those above it, as far as they are empty. */
export async function pruneFolders(root: string, names: readonly string[]): Promise<void> {
  for (let depth = names.length; depth > 0; depth--) {
    try {
      await rmdir(path.join(root, ...names.slice(0, depth)));
    } catch {
      return; // Something is in it, or somebody else was faster. An empty folder left behind is harmless.
    }
  }
}
