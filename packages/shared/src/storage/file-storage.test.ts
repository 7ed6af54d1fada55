import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { waitFor } from "../../../../tests/support/wait.ts";
import { describeAudioStorage } from "./audio-storage.contract.ts";
import type { AudioStorage } from "./audio-storage.ts";
import { createFileStorage } from "./file-storage.ts";

const KEY = "tenant-a/0195f2a0/1f.mp3";
const UNAVAILABLE = { name: "AppError", code: "storage_unavailable" };

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "herald-storage-"));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

describeAudioStorage("a file storage", () => Promise.resolve(createFileStorage({ directory })));

const audioOf = (content: string) => Readable.from([Buffer.from(content)]);
const drafts = (root = directory) => readdir(path.join(root, ".incoming"));

async function read(storage: AudioStorage, key = KEY): Promise<string | null> {
  const stream = await storage.open(key);
  return stream === null ? null : text(stream);
}

describe("the folder of a file storage", () => {
  it("is made when it is missing, and may be named with a slash at its end", async () => {
    const storage = createFileStorage({ directory: path.join(directory, "not", "yet") + "/" });

    await storage.put(KEY, audioOf("audio"));

    expect(await readFile(path.join(directory, "not/yet", KEY), "utf8")).toBe("audio");
  });

  it("being gone is a failure of the storage, not an absent key, and it is not made anew", async () => {
    const storage = createFileStorage({ directory });
    await storage.put(KEY, audioOf("audio"));
    await rename(directory, `${directory}-unplugged`);
    try {
      await expect(storage.open(KEY)).rejects.toMatchObject(UNAVAILABLE);
      await expect(storage.remove(KEY)).rejects.toMatchObject(UNAVAILABLE);
      await expect(storage.put(KEY, audioOf("new"))).rejects.toMatchObject(UNAVAILABLE);
      await expect(storage.check()).rejects.toMatchObject(UNAVAILABLE);
    } finally {
      await rename(`${directory}-unplugged`, directory);
    }
    expect(await read(storage)).toBe("audio");
  });

  it("that cannot be made is a failure of the storage", async () => {
    await writeFile(path.join(directory, "file"), "");
    const storage = createFileStorage({ directory: path.join(directory, "file") });

    await expect(storage.put(KEY, audioOf("audio"))).rejects.toMatchObject(UNAVAILABLE);
    await expect(storage.check()).rejects.toMatchObject(UNAVAILABLE);
  });
});

describe("a symbolic link in a file storage", () => {
  it.each(["tenant-a", "tenant-a/0195f2a0"])("in place of the folder %s is not followed", async (link) => {
    const outside = path.join(directory, "outside");
    await mkdir(path.join(outside, "0195f2a0"), { recursive: true });
    await writeFile(path.join(outside, "0195f2a0/1f.mp3"), "not ours");
    await writeFile(path.join(outside, "1f.mp3"), "not ours");
    const storage = createFileStorage({ directory: path.join(directory, "audio") });
    await storage.check();
    await mkdir(path.dirname(path.join(directory, "audio", link)), { recursive: true });
    await symlink(outside, path.join(directory, "audio", link));

    await expect(storage.open(KEY)).rejects.toMatchObject(UNAVAILABLE);
    await expect(storage.put(KEY, audioOf("overwritten"))).rejects.toMatchObject(UNAVAILABLE);
    await expect(storage.remove(KEY)).rejects.toMatchObject(UNAVAILABLE);

    expect(await readFile(path.join(outside, "0195f2a0/1f.mp3"), "utf8")).toBe("not ours");
    expect(await readFile(path.join(outside, "1f.mp3"), "utf8")).toBe("not ours");
  });

  it("in place of a file is not read, and is replaced without touching what it points to", async () => {
    const outside = path.join(directory, "secret");
    await writeFile(outside, "not ours");
    const storage = createFileStorage({ directory: path.join(directory, "audio") });
    await storage.put(KEY, audioOf("audio"));
    await rm(path.join(directory, "audio", KEY));
    await symlink(outside, path.join(directory, "audio", KEY));

    await expect(storage.open(KEY)).rejects.toMatchObject(UNAVAILABLE);
    await storage.put(KEY, audioOf("audio"));

    expect(await read(storage)).toBe("audio");
    expect(await readFile(outside, "utf8")).toBe("not ours");
  });
});

describe("a process killed while it writes to a file storage", () => {
  const program = `
    import { Readable } from "node:stream";
    import { createFileStorage } from ${JSON.stringify(new URL("file-storage.ts", import.meta.url).href)};
    const [directory, key] = process.argv.slice(1);
    const audio = new Readable({ read() {} });
    audio.push(Buffer.alloc(200_000));
    void createFileStorage({ directory }).put(key, audio);
    setInterval(() => {}, 1000);
  `;

  it("leaves the old audio and one draft, which is taken away once it is old enough", async () => {
    const storage = createFileStorage({ directory });
    await storage.put(KEY, audioOf("old"));
    const options = ["--import", "tsx", "--input-type=module", "--eval", program];
    const writer = spawn(process.execPath, [...options, directory, KEY], {
      stdio: ["ignore", "inherit", "inherit"],
    });
    await waitFor(async () => (await drafts()).length === 1, { what: "a draft" });
    writer.kill("SIGKILL");
    await once(writer, "exit");

    expect(await read(storage)).toBe("old");
    expect(await storage.removeAbandoned(new Date(Date.now() - 60_000))).toBe(0);
    expect(await storage.removeAbandoned(new Date(Date.now() + 60_000))).toBe(1);

    expect(await drafts()).toEqual([]);
    expect(await read(storage)).toBe("old");
  });
});

// A disk that is really full, and one that is really read-only: for root no file mode is unwritable.
const mayMount = canMount();
const onSmallDisk = mayMount ? describe : describe.skip;

onSmallDisk("a file storage on a disk of 256 KiB (needs the right to mount one)", () => {
  let storage: AudioStorage;

  beforeEach(async () => {
    disk("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", directory);
    storage = createFileStorage({ directory });
    await storage.put(KEY, audioOf("old"));
  });

  afterEach(() => {
    disk("umount", directory);
  });

  it("names a full disk, leaves nothing of the new audio on it and keeps the old", async () => {
    const tooMuch = Readable.from(Array.from({ length: 10 }, () => Buffer.alloc(65_536)));

    await expect(storage.put(KEY, tooMuch)).rejects.toMatchObject({
      ...UNAVAILABLE,
      cause: { code: "ENOSPC" },
    });

    expect(tooMuch.destroyed).toBe(true);
    expect(await drafts()).toEqual([]);
    expect(await read(storage)).toBe("old");
    await storage.put(KEY, audioOf("new"));
    expect(await read(storage)).toBe("new");
  });

  it("is not ready while the disk is full, and ready again when it is not", async () => {
    const filler = path.join(directory, "filler");
    expect(() => {
      for (;;) appendFileSync(filler, Buffer.alloc(4096));
    }).toThrow("ENOSPC");

    await expect(storage.check()).rejects.toMatchObject({ ...UNAVAILABLE, cause: { code: "ENOSPC" } });
    expect(await drafts()).toEqual([]);

    await rm(filler);
    await storage.check();
  });

  it("reads, but refuses to write and is not ready, while the disk is read-only", async () => {
    disk("mount", "-o", "remount,ro", directory);

    await expect(storage.put(KEY, audioOf("new"))).rejects.toMatchObject({
      ...UNAVAILABLE,
      cause: { code: "EROFS" },
    });
    await expect(storage.remove(KEY)).rejects.toMatchObject(UNAVAILABLE);
    await expect(storage.check()).rejects.toMatchObject(UNAVAILABLE);

    expect(await read(storage)).toBe("old");
  });
});

function disk(command: "mount" | "umount", ...args: string[]): void {
  execFileSync(command, args, { stdio: "ignore" });
}

function canMount(): boolean {
  const place = mkdtempSync(path.join(tmpdir(), "herald-mount-"));
  try {
    disk("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place);
    disk("umount", place);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(place, { recursive: true });
  }
}
