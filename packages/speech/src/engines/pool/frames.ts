/**
 * One message between the pool and a child: two little-endian u32 lengths, a JSON header, a raw body (the PCM).
 * Half the parent's cost of Node's own `serialization: "advanced"` channel for a three-second segment.
 */
export interface Frame {
  readonly header: unknown;
  readonly body: Uint8Array<ArrayBuffer>;
}

const LENGTHS_BYTES = 8;
const MAX_HEADER_BYTES = 2 ** 20;
const MAX_BODY_BYTES = 2 ** 29;

export function encodeFrame(header: unknown, body: Uint8Array = new Uint8Array(0)): Uint8Array[] {
  const json = Buffer.from(JSON.stringify(header));
  const lengths = Buffer.alloc(LENGTHS_BYTES);
  lengths.writeUInt32LE(json.byteLength, 0);
  lengths.writeUInt32LE(body.byteLength, 4);
  return [Buffer.concat([lengths, json]), body];
}

/** Puts the chunks of a stream together again. Each body owns its memory, so that it can be viewed as samples. */
export class FrameReader {
  readonly #onFrame: (frame: Frame) => void;
  #lengths = new Part(LENGTHS_BYTES);
  #header: Part | null = null;
  #body: Part | null = null;

  constructor(onFrame: (frame: Frame) => void) {
    this.#onFrame = onFrame;
  }

  /** Throws when the stream cannot be one of ours. */
  push(chunk: Uint8Array): void {
    let rest = chunk;
    while (rest.byteLength > 0) {
      rest = this.#takeFrom(rest);
    }
  }

  #takeFrom(chunk: Uint8Array): Uint8Array {
    let rest = this.#lengths.fill(chunk);
    if (!this.#lengths.isFull) return rest;
    this.#header ??= new Part(this.#length(0, MAX_HEADER_BYTES));
    this.#body ??= new Part(this.#length(4, MAX_BODY_BYTES));
    rest = this.#body.fill(this.#header.fill(rest));
    if (this.#header.isFull && this.#body.isFull) this.#finish(this.#header, this.#body);
    return rest;
  }

  #length(offset: number, max: number): number {
    const length = new DataView(this.#lengths.bytes.buffer).getUint32(offset, true);
    if (length > max) throw new Error(`a frame part of ${length} bytes`);
    return length;
  }

  #finish(header: Part, body: Part): void {
    this.#lengths = new Part(LENGTHS_BYTES);
    this.#header = null;
    this.#body = null;
    const parsed: unknown = JSON.parse(Buffer.from(header.bytes).toString());
    this.#onFrame({ header: parsed, body: body.bytes });
  }
}

class Part {
  readonly bytes: Uint8Array<ArrayBuffer>;
  #filled = 0;

  constructor(byteLength: number) {
    this.bytes = new Uint8Array(byteLength);
  }

  get isFull(): boolean {
    return this.#filled === this.bytes.byteLength;
  }

  /** Takes what it needs and returns the rest. */
  fill(chunk: Uint8Array): Uint8Array {
    const taken = chunk.subarray(0, this.bytes.byteLength - this.#filled);
    this.bytes.set(taken, this.#filled);
    this.#filled += taken.byteLength;
    return chunk.subarray(taken.byteLength);
  }
}
