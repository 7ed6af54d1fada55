import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { beforeEach, describe, expect, it } from "@jest/globals";
import { waitFor } from "../../../../tests/support/wait.ts";
import type { AudioStorage } from "./audio-storage.ts";

const KEY = "tenant-a/0195f2a0/1f.mp3";
const LONG_AGO = new Date(0);
/** Of audio that no adapter would keep in one piece while it is written. */
const LONG = 12_000_001;

/** What every adapter guarantees. `makeStorage` gives an empty one, and no test looks behind the interface. */
// eslint-disable-next-line jest/no-export -- a suite that each adapter's own test file runs
export function describeAudioStorage(name: string, makeStorage: () => Promise<AudioStorage>): void {
  describe(`${name} as an AudioStorage`, () => {
    let storage: AudioStorage;

    beforeEach(async () => {
      storage = await makeStorage();
    });

    const put = (key: string, audio: Buffer) => storage.put(key, Readable.from(chunksOf(audio)));

    async function read(key: string, range?: { start: number; end: number }): Promise<Buffer | null> {
      const stream = await storage.open(key, range);
      return stream === null ? null : buffer(stream);
    }

    async function openStored(key: string): Promise<Readable> {
      const stream = await storage.open(key);
      if (stream === null) throw new Error(`${key} is not stored`);
      return stream;
    }

    it("gives back every byte that was put, and says how many there were", async () => {
      const audio = randomBytes(300_001);

      expect(await put(KEY, audio)).toEqual({ bytes: 300_001 });

      expect((await read(KEY))?.equals(audio)).toBe(true);
    });

    it("keeps an empty file apart from an absent one", async () => {
      expect(await put(KEY, Buffer.alloc(0))).toEqual({ bytes: 0 });

      expect(await read(KEY)).toEqual(Buffer.alloc(0));
      expect(await read("tenant-a/0195f2a0/2f.mp3")).toBeNull();
      expect(await read("nobody/0195f2a0/1f.mp3")).toBeNull();
    });

    it.each([
      ["the first byte", { start: 0, end: 0 }, "0"],
      ["both ends", { start: 2, end: 5 }, "2345"],
      ["no more than there is", { start: 8, end: 99 }, "89"],
      ["nothing beyond the end", { start: 10, end: 99 }, ""],
    ])("reads a range: %s", async (_what, range, expected) => {
      await put(KEY, Buffer.from("0123456789"));

      expect((await read(KEY, range))?.toString()).toBe(expected);
    });

    it("gives back long audio whole and in part", async () => {
      const audio = randomBytes(LONG);

      expect(await put(KEY, audio)).toEqual({ bytes: LONG });

      expect((await read(KEY))?.equals(audio)).toBe(true);
      const range = { start: 5_000_000, end: 11_000_000 };
      expect((await read(KEY, range))?.equals(audio.subarray(range.start, range.end + 1))).toBe(true);
    });

    it("replaces what was there, while one who opened the old audio reads it to its end", async () => {
      const [before, after] = [randomBytes(200_000), randomBytes(100_000)];
      await put(KEY, before);
      const opened = await openStored(KEY);

      await put(KEY, after);

      expect((await buffer(opened)).equals(before)).toBe(true);
      expect((await read(KEY))?.equals(after)).toBe(true);
    });

    it("shows readers the old audio or the new, never a mixture or a part, however often it is replaced", async () => {
      const versions = ["a", "b"].map((letter) => Buffer.alloc(150_000, letter));
      await put(KEY, versions[0] as Buffer);
      const writing = (async () => {
        for (let i = 0; i < 20; i++) await put(KEY, versions[i % 2] as Buffer);
      })();

      const seen = await Promise.all(Array.from({ length: 40 }, () => read(KEY)));
      await writing;

      for (const audio of seen) {
        expect(versions.some((version) => audio?.equals(version))).toBe(true);
      }
    });

    it("keeps one of many writes of one key at once, whole", async () => {
      const versions = Array.from({ length: 8 }, () => randomBytes(100_000));

      await Promise.all(versions.map((audio) => put(KEY, audio)));

      const kept = await read(KEY);
      expect(versions.some((version) => kept?.equals(version))).toBe(true);
    });

    it("stores nothing of a stream that fails, and throws what the stream failed with", async () => {
      const failure = new Error("the encoder gave up");

      await expect(storage.put(KEY, failingAfter(randomBytes(100_000), failure))).rejects.toBe(failure);

      expect(await read(KEY)).toBeNull();
      expect(await storage.removeAbandoned(inAnHour())).toBe(0);
    });

    it("stores nothing of long audio that fails near its end", async () => {
      const failure = new Error("the encoder gave up");

      await expect(storage.put(KEY, failingAfter(randomBytes(LONG), failure))).rejects.toBe(failure);

      expect(await read(KEY)).toBeNull();
      expect(await storage.removeAbandoned(inAnHour())).toBe(0);
    });

    it("stores nothing of a stream that was cut off without an error", async () => {
      const stream = Readable.from(chunksOf(randomBytes(100_000)));
      stream.once("data", () => stream.pause());
      stream.destroy();

      await expect(storage.put(KEY, stream)).rejects.toThrow();

      expect(await read(KEY)).toBeNull();
    });

    it("keeps the old audio when the stream that should replace it fails", async () => {
      await put(KEY, Buffer.from("old"));

      await expect(storage.put(KEY, failingAfter(Buffer.from("new"), new Error("lost")))).rejects.toThrow(
        "lost",
      );

      expect((await read(KEY))?.toString()).toBe("old");
    });

    it("removes, and succeeds when the key is already gone or never was", async () => {
      await put(KEY, Buffer.from("audio"));

      await storage.remove(KEY);
      await storage.remove(KEY);
      await storage.remove("nobody/nothing/none.mp3");

      expect(await read(KEY)).toBeNull();
    });

    it("lets one who opened audio read it to its end after its removal", async () => {
      const audio = randomBytes(200_000);
      await put(KEY, audio);
      const opened = await openStored(KEY);

      await storage.remove(KEY);

      expect((await buffer(opened)).equals(audio)).toBe(true);
    });

    it("can be asked again and again by readers who leave without reading", async () => {
      await put(KEY, randomBytes(300_000));

      for (let i = 0; i < 30; i++) (await openStored(KEY)).destroy();

      expect(await read(KEY)).toHaveLength(300_000);
    });

    it("removes one key and no other", async () => {
      await put(KEY, Buffer.from("first attempt"));
      await put("tenant-a/0195f2a0/2f.mp3", Buffer.from("second attempt"));

      await storage.remove(KEY);

      expect((await read("tenant-a/0195f2a0/2f.mp3"))?.toString()).toBe("second attempt");
    });

    it("loses no audio of a job while other audio of the same job comes and goes", async () => {
      const comeAndGo = async (name: string): Promise<void> => {
        for (let i = 0; i < 25; i++) {
          await put(`t/job/${name}`, Buffer.from(name));
          expect((await read(`t/job/${name}`))?.toString()).toBe(name);
          await storage.remove(`t/job/${name}`);
        }
      };

      await Promise.all(["1.mp3", "2.mp3", "3.mp3", "4.mp3"].map(comeAndGo));
    });

    it.each([
      "",
      "/etc/passwd/x",
      "../../secret.mp3",
      "tenant/../../x.mp3",
      "tenant/job/..",
      "tenant/job/.hidden",
      ".incoming/job/1.mp3",
      "tenant//1.mp3",
      "tenant/1.mp3",
      "tenant/job/part/1.mp3",
      "tenant\\..\\x/job/1.mp3",
      "tenant/job/1.mp3\0.txt",
      "tenant/jöb/1.mp3",
      `tenant/job/${"a".repeat(300)}`,
    ])("refuses the key %j, whatever it is asked to do with it", async (key) => {
      const stream = Readable.from([Buffer.from("audio")]);

      await expect(storage.put(key, stream)).rejects.toThrow("storage key");
      await expect(storage.open(key)).rejects.toThrow("storage key");
      await expect(storage.remove(key)).rejects.toThrow("storage key");

      expect(stream.destroyed).toBe(true);
    });

    it("stops storing when it is told to, with the reason, and keeps nothing of it", async () => {
      const stop = new AbortController();
      const slow = slowly(randomBytes(LONG));
      const reason = new Error("the job was cancelled");

      const writing = storage.put(KEY, slow.stream, stop.signal);
      await waitFor(() => slow.stream.readableLength < LONG / 2);
      stop.abort(reason);

      await expect(writing).rejects.toBe(reason);
      expect(slow.stream.destroyed).toBe(true);
      await waitFor(async () => (await storage.removeAbandoned(inAnHour())) === 0);
      expect(await read(KEY)).toBeNull();
    });

    it("begins to store nothing once it was told not to", async () => {
      const stream = Readable.from([Buffer.from("audio")]);
      const reason = new Error("too late");
      await storage.check();

      await expect(storage.put(KEY, stream, AbortSignal.abort(reason))).rejects.toBe(reason);

      expect([stream.destroyed, await read(KEY)]).toEqual([true, null]);
    });

    it("clears away no audio, however old, as abandoned", async () => {
      await put(KEY, Buffer.from("audio"));

      expect(await storage.removeAbandoned(inAnHour())).toBe(0);

      expect((await read(KEY))?.toString()).toBe("audio");
    });

    it("leaves a write that is still going on alone when it clears away what older ones left", async () => {
      const slow = slowly(Buffer.from("audio"));
      const writing = storage.put(KEY, slow.stream);

      expect(await storage.removeAbandoned(LONG_AGO)).toBe(0);

      slow.finish();
      expect(await writing).toEqual({ bytes: 5 });
    });

    it("says that it can be written to, and leaves nothing behind by asking", async () => {
      await storage.check();

      expect(await storage.removeAbandoned(inAnHour())).toBe(0);
    });
  });
}

function* chunksOf(audio: Buffer): Generator<Buffer> {
  for (let start = 0; start < audio.length; start += 65_536) {
    yield audio.subarray(start, start + 65_536);
  }
}

function failingAfter(audio: Buffer, failure: Error): Readable {
  return Readable.from(
    (function* () {
      yield* chunksOf(audio);
      throw failure;
    })(),
  );
}

function slowly(audio: Buffer): { stream: Readable; finish: () => void } {
  const stream = new Readable({ read: () => undefined });
  stream.push(audio);
  return { stream, finish: () => stream.push(null) };
}

function inAnHour(): Date {
  return new Date(Date.now() + 3_600_000);
}
