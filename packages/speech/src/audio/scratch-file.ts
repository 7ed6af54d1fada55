import { createReadStream } from "node:fs";
import { open, rm, type FileHandle } from "node:fs/promises";
import { Readable } from "node:stream";

/** A minute of speech as mp3, or 20 s of wav: most audio is shorter, and never has to touch the disk here. */
const MEMORY_BYTES = 1_048_576;

/** A file being made, written in any order: in memory while it is small, at `path` once it is not. */
export class ScratchFile {
  readonly #path: string;
  readonly #memoryBytes: number;
  #memory = Buffer.alloc(0);
  #handle: FileHandle | null = null;
  #bytes = 0;

  constructor(path: string, memoryBytes = MEMORY_BYTES) {
    this.#path = path;
    this.#memoryBytes = memoryBytes;
  }

  /** Length of the file so far. */
  get bytes(): number {
    return this.#bytes;
  }

  async write(data: Uint8Array, position: number): Promise<void> {
    const end = position + data.byteLength;
    if (this.#handle === null && end > this.#memoryBytes) await this.#moveToDisk();
    if (this.#handle === null) this.#writeToMemory(data, position);
    else await writeAll(this.#handle, data, position);
    this.#bytes = Math.max(this.#bytes, end);
  }

  /** The whole file. Nothing may be written any more. */
  read(): Readable {
    return this.#handle === null
      ? Readable.from([this.#memory.subarray(0, this.#bytes)])
      : createReadStream(this.#path);
  }

  /** May be called at any time, and twice. */
  async remove(): Promise<void> {
    this.#memory = Buffer.alloc(0);
    const handle = this.#handle;
    this.#handle = null;
    if (handle === null) return;
    await handle.close();
    await rm(this.#path, { force: true });
  }

  #writeToMemory(data: Uint8Array, position: number): void {
    const end = position + data.byteLength;
    if (end > this.#memory.byteLength) {
      const grown = Buffer.alloc(Math.max(end, 2 * this.#memory.byteLength));
      grown.set(this.#memory);
      this.#memory = grown;
    }
    this.#memory.set(data, position);
  }

  async #moveToDisk(): Promise<void> {
    this.#handle = await open(this.#path, "w", 0o600);
    await writeAll(this.#handle, this.#memory.subarray(0, this.#bytes), 0);
    this.#memory = Buffer.alloc(0);
  }
}

async function writeAll(handle: FileHandle, data: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < data.byteLength;) {
    const { bytesWritten } = await handle.write(data, done, data.byteLength - done, position + done);
    done += bytesWritten;
  }
}
