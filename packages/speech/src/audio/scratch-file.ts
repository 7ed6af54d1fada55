import { open, rm, type FileHandle } from "node:fs/promises";

/** A file being made, written in any order. */
export class ScratchFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  #bytes = 0;
  #closed = false;

  private constructor(path: string, handle: FileHandle) {
    this.#path = path;
    this.#handle = handle;
  }

  static async create(path: string): Promise<ScratchFile> {
    return new ScratchFile(path, await open(path, "w", 0o600));
  }

  /** Length of the file so far. */
  get bytes(): number {
    return this.#bytes;
  }

  async write(data: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < data.byteLength;) {
      const { bytesWritten } = await this.#handle.write(data, done, data.byteLength - done, position + done);
      done += bytesWritten;
    }
    this.#bytes = Math.max(this.#bytes, position + data.byteLength);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#handle.close();
  }

  async remove(): Promise<void> {
    await this.close();
    await rm(this.#path, { force: true });
  }
}
