import { constants, lstat, mkdir, open, type FileHandle } from "node:fs/promises";
import path from "node:path";
import { hasCode } from "./storage-failure.ts";

const FOLDER_MODE = 0o750;

/** Makes the folder `names` below `root` where it is missing. A folder made here survives a power cut. */
export async function makeFolders(root: string, names: readonly string[]): Promise<void> {
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

/** Refuses a symbolic link as `requireFolder` does, and in the same step opens what is to be synced. */
export function openFolder(folder: string): Promise<FileHandle> {
  return open(folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
}

/** What was renamed into a folder or made in it survives a power cut only once the folder itself is on disk. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await openFolder(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
