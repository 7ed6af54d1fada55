import { randomUUID } from "node:crypto";
import { access, constants, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import type { Readable } from "node:stream";
import type { AudioStorage, ByteRange } from "./audio-storage.ts";
import { findFolder, makeFolders, openFolder } from "./folders.ts";
import { inStorage, isMissing } from "./storage-failure.ts";
import { parseStorageKey } from "./storage-key.ts";
import { storeUnlessAborted } from "./store-unless-aborted.ts";

/** No part of a key begins with a dot, so no key can reach it. */
const INCOMING = ".incoming";

/** A block: a full disk may still take the name of an empty file. */
const PROBE = Buffer.alloc(4096);

export interface FileStorageOptions {
  /** Made when it is missing. Processes on several machines can share it over a network file system. */
  readonly directory: string;
}

/**
 * Audio as files. A file is written in `.incoming`, synced, and renamed to its place: one folder, however much audio
 * there is, holds all that interrupted writes left behind.
 */
export function createFileStorage({ directory }: FileStorageOptions): AudioStorage {
  const incoming = path.join(directory, INCOMING);
  let prepared = false;

  // Only once: a folder that vanishes later is a disk that was taken away, and audio must not go where it was.
  async function prepare(): Promise<void> {
    if (!prepared) {
      await mkdir(incoming, { recursive: true, mode: 0o750 });
      prepared = true;
    }
  }

  async function store(key: string, audio: Readable, signal?: AbortSignal): Promise<{ bytes: number }> {
    const draft = path.join(incoming, randomUUID());
    try {
      const place = parseStorageKey(key);
      await inStorage(prepare);
      const bytes = await writeDraft(draft, audio);
      signal?.throwIfAborted();
      await inStorage(() => publish(directory, draft, place));
      return { bytes };
    } catch (error) {
      await rm(draft, { force: true }).catch(() => undefined);
      throw error;
    }
  }

  async function remove(key: string): Promise<void> {
    const [outer, inner, name] = parseStorageKey(key);
    await inStorage(() =>
      unlessMissing(incoming, async () => {
        await rm(path.join(await findFolder(directory, [outer, inner]), name), { force: true });
      }),
    );
  }

  return {
    put: (key, audio, signal) =>
      storeUnlessAborted({
        audio,
        signal,
        store: () => store(key, audio, signal),
        undo: () => remove(key),
      }),

    async open(key, range) {
      const place = parseStorageKey(key);
      return inStorage(() => unlessMissing(incoming, () => openForReading(directory, place, range)));
    },

    remove,

    removeAbandoned: (olderThan) =>
      inStorage(async () => {
        await prepare();
        return removeDrafts(incoming, olderThan);
      }),

    check: () =>
      inStorage(async () => {
        await prepare();
        await probe(path.join(incoming, randomUUID()));
      }),
  };
}

/** A fault of the source is thrown as it is: it says nothing about the storage. */
async function writeDraft(draft: string, audio: Readable): Promise<number> {
  const file = await inStorage(() => open(draft, "wx", 0o640));
  try {
    let bytes = 0;
    for await (const chunk of audio as AsyncIterable<Uint8Array>) {
      await inStorage(() => file.writeFile(chunk));
      bytes += chunk.byteLength;
    }
    await inStorage(() => file.datasync());
    return bytes;
  } finally {
    await inStorage(() => file.close());
  }
}

type Place = ReturnType<typeof parseStorageKey>;

/** The folders are nearly always there: they are few, and stay when they fall empty. */
async function publish(root: string, draft: string, place: Place): Promise<void> {
  try {
    await moveTo(root, draft, place);
  } catch (error) {
    if (!isMissing(error)) throw error;
    await makeFolders(root, place.slice(0, -1));
    await moveTo(root, draft, place);
  }
}

async function moveTo(root: string, draft: string, [outer, inner, name]: Place): Promise<void> {
  const folder = path.join(await findFolder(root, [outer]), inner);
  const handle = await openFolder(folder);
  try {
    await rename(draft, path.join(folder, name));
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function openForReading(root: string, place: Place, range?: ByteRange): Promise<Readable> {
  const [outer, inner, name] = place;
  const folder = await findFolder(root, [outer, inner]);
  const file = await open(path.join(folder, name), constants.O_RDONLY | constants.O_NOFOLLOW);
  return file.createReadStream(range);
}

/** Null when a file or its folder is missing. When all is missing, the disk is, and that is not the same. */
async function unlessMissing<T>(witness: string, work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (!isMissing(error)) throw error;
    await access(witness);
    return null;
  }
}

async function removeDrafts(incoming: string, olderThan: Date): Promise<number> {
  let removed = 0;
  for (const name of await readdir(incoming)) {
    const draft = path.join(incoming, name);
    const isOld = await stat(draft).then(
      ({ mtime }) => mtime < olderThan,
      () => false, // Published or removed since it was listed.
    );
    if (isOld) {
      await rm(draft, { force: true });
      removed++;
    }
  }
  return removed;
}

async function probe(file: string): Promise<void> {
  try {
    const handle = await open(file, "wx", 0o640);
    await handle.writeFile(PROBE).finally(() => handle.close());
  } finally {
    await rm(file, { force: true });
  }
}
