import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  type ListMultipartUploadsCommandOutput,
  type ListPartsCommandInput,
  type ListPartsCommandOutput,
  type MultipartUpload,
  type Part,
  type S3Client,
} from "@aws-sdk/client-s3";
import { within } from "./s3-client.ts";
import { isS3Error } from "./s3-fault.ts";

export interface AbandonedUploads {
  readonly client: S3Client;
  readonly bucket: string;
  /** Of the keys that uploads are looked for under. */
  readonly prefix: string;
  /** Others may keep things in the same bucket. */
  readonly isOurs: (key: string) => boolean;
}

const LIST_MS = 15_000;
/**
 * Of 1000 uploads, or of the parts of one, which are 10,000 at most. The next run goes on where this one ended, because
 * what it aborted is no longer listed.
 */
const MAX_PAGES = 20;

/** Aborts the uploads that nothing has written to since `olderThan`; resolves to how many there were. */
export async function abortAbandoned(uploads: AbandonedUploads, olderThan: Date): Promise<number> {
  let aborted = 0;
  for await (const upload of listUploads(uploads)) {
    if (await isAbandoned(uploads, upload, olderThan)) {
      await abort(uploads, upload);
      aborted++;
    }
  }
  return aborted;
}

async function* listUploads({
  client,
  bucket,
  prefix,
  isOurs,
}: AbandonedUploads): AsyncGenerator<MultipartUpload> {
  let after: Partial<Record<"KeyMarker" | "UploadIdMarker", string>> = {};
  for (let page = 0; page < MAX_PAGES; page++) {
    const command = new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix, ...after });
    const listed: ListMultipartUploadsCommandOutput = await within(LIST_MS, (options) =>
      client.send(command, options),
    );
    yield* (listed.Uploads ?? []).filter(({ Key, UploadId }) => UploadId && Key && isOurs(Key));
    if (listed.IsTruncated !== true) return;
    after = {
      ...(listed.NextKeyMarker !== undefined && { KeyMarker: listed.NextKeyMarker }),
      ...(listed.NextUploadIdMarker !== undefined && { UploadIdMarker: listed.NextUploadIdMarker }),
    };
  }
}

/** The list tells only when an upload began. One that began long ago may still be going on. */
async function isAbandoned(
  { client, bucket }: AbandonedUploads,
  { Key, UploadId, Initiated }: MultipartUpload,
  olderThan: Date,
): Promise<boolean> {
  if (Initiated === undefined || Initiated >= olderThan) return false;
  try {
    for await (const { LastModified } of listParts(client, { Bucket: bucket, Key, UploadId })) {
      if (LastModified !== undefined && LastModified >= olderThan) return false;
    }
    return true;
  } catch (error) {
    if (isS3Error(error, "NoSuchUpload")) return false; // Completed or aborted since it was listed.
    throw error;
  }
}

/** Not through the SDK's own pagination, which never ends where a server names a next page after the last one. */
async function* listParts(client: S3Client, upload: ListPartsCommandInput): AsyncGenerator<Part> {
  let after: Pick<ListPartsCommandInput, "PartNumberMarker"> = {};
  for (let page = 0; page < MAX_PAGES; page++) {
    const command = new ListPartsCommand({ ...upload, ...after });
    const listed: ListPartsCommandOutput = await within(LIST_MS, (options) => client.send(command, options));
    yield* listed.Parts ?? [];
    if (listed.IsTruncated !== true || listed.NextPartNumberMarker === undefined) return;
    after = { PartNumberMarker: listed.NextPartNumberMarker };
  }
}

async function abort(
  { client, bucket }: AbandonedUploads,
  { Key, UploadId }: MultipartUpload,
): Promise<void> {
  try {
    const command = new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId });
    await within(LIST_MS, (options) => client.send(command, options));
  } catch (error) {
    if (!isS3Error(error, "NoSuchUpload")) throw error;
  }
}
