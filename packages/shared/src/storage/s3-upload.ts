import { AbortMultipartUploadCommand, type PutObjectCommandInput, type S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { Readable } from "node:stream";

/** The least that S3 accepts for a part, and with 10,000 of them enough for 48 GiB. */
const PART_BYTES = 5 * 2 ** 20;
/** Beside these, one part is being filled: an upload holds 15 MiB at most. */
const PARTS_AT_ONCE = 2;

export type UploadTarget = Omit<PutObjectCommandInput, "Body">;

export interface UploadSource {
  readonly audio: Readable;
  readonly signal: AbortSignal | undefined;
}

/** A stream that fails says nothing about the storage. */
export type Uploaded =
  | { readonly kind: "done"; readonly bytes: number }
  | { readonly kind: "source_failed"; readonly error: unknown };

/**
 * Uploads the whole stream or nothing; throws what S3 fails with. Audio of up to one part is a single request; what is
 * longer becomes visible when its parts are joined, and is aborted when it cannot be.
 */
export async function uploadAudio(
  client: S3Client,
  target: UploadTarget,
  { audio, signal }: UploadSource,
): Promise<Uploaded> {
  const source = watch(audio);
  const upload = new Upload({
    client: signal === undefined ? client : abortable(client, signal),
    params: { ...target, Body: Readable.from(source.chunks, { objectMode: false }) },
    partSize: PART_BYTES,
    queueSize: PARTS_AT_ONCE,
  });
  try {
    await upload.done();
    return { kind: "done", bytes: source.bytes() };
  } catch (error) {
    const failure = source.failure();
    if (failure === null) throw error;
    return { kind: "source_failed", error: failure.error };
  }
}

/** Upload's own `abort` lets the requests under way go on. The one that takes an upload's parts away has to. */
function abortable(client: S3Client, signal: AbortSignal): S3Client {
  const send = (command: Parameters<S3Client["send"]>[0]) =>
    client.send(command, command instanceof AbortMultipartUploadCommand ? {} : { abortSignal: signal });
  return Object.create(client, { send: { value: send } }) as S3Client;
}

function watch(audio: Readable) {
  let bytes = 0;
  let failure: { readonly error: unknown } | null = null;
  // What is thrown at a `yield` comes from the upload, so only the source's own answer is looked at.
  async function* read(): AsyncGenerator<Uint8Array> {
    const source = (audio as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    for (;;) {
      const next = await source.next().catch((error: unknown) => {
        failure = { error };
        throw error;
      });
      if (next.done) return;
      bytes += next.value.byteLength;
      yield next.value;
    }
  }
  return { chunks: read(), bytes: () => bytes, failure: () => failure };
}
