import { createHash } from "node:crypto";
import { Transform } from "node:stream";

/** Passes bytes on as they are and knows their SHA-256 once they are through. */
export class Digest extends Transform {
  readonly #hash = createHash("sha256");

  override _transform(
    chunk: Buffer,
    _encoding: BufferEncoding,
    done: (error: null, chunk: Buffer) => void,
  ): void {
    this.#hash.update(chunk);
    done(null, chunk);
  }

  hex(): string {
    return this.#hash.digest("hex");
  }
}
