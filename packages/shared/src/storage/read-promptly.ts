import { Readable } from "node:stream";
import { withDeadline } from "../with-deadline.ts";

/**
 * The same bytes, but a source that is asked for more and stays silent for `stallMs` fails. A reader that pauses is
 * waited for: nothing is asked of the source meanwhile.
 */
export function readPromptly(source: Readable, stallMs: number): Readable {
  const stream = Readable.from(chunksOf(source, stallMs), { objectMode: false });
  // Also when nobody ever read from it: the source holds a connection.
  stream.once("close", () => source.destroy());
  return stream;
}

async function* chunksOf(source: Readable, stallMs: number): AsyncGenerator<Uint8Array> {
  const chunks = (source as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  for (;;) {
    const next = await withDeadline(chunks.next(), stallMs);
    if (next.done) return;
    yield next.value;
  }
}
