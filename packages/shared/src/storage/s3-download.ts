import { GetObjectCommand, HeadObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { Readable } from "node:stream";
import type { ByteRange, DirectDownload } from "./audio-storage.ts";
import { readPromptly } from "./read-promptly.ts";
import { within, type S3Timeouts } from "./s3-client.ts";
import { isS3Error } from "./s3-fault.ts";

export interface S3Reading {
  readonly client: S3Client;
  readonly object: { readonly Bucket: string; readonly Key: string };
  readonly timeouts: S3Timeouts;
}

/** Null when there is no such object. */
export async function openObject(reading: S3Reading, range: ByteRange | undefined): Promise<Readable | null> {
  const { client, object, timeouts } = reading;
  const wanted = range === undefined ? {} : { Range: `bytes=${range.start}-${range.end}` };
  try {
    const command = new GetObjectCommand({ ...object, ...wanted });
    const { Body } = await within(timeouts.answerMs, (options) => client.send(command, options));
    return readPromptly(Body as Readable, timeouts.stallMs);
  } catch (error) {
    if (isS3Error(error, "NoSuchKey")) return null;
    if (isS3Error(error, "InvalidRange")) return Readable.from([]); // There are no bytes there.
    throw error;
  }
}

/** Null when there is no such object: a URL alone would not tell, so S3 is asked first. */
export async function presignObject(reading: S3Reading, download: DirectDownload): Promise<string | null> {
  const { client, object, timeouts } = reading;
  try {
    await within(timeouts.answerMs, (options) => client.send(new HeadObjectCommand(object), options));
  } catch (error) {
    if (isS3Error(error, "NotFound", "NoSuchKey")) return null;
    throw error;
  }
  const answered = {
    ...object,
    ResponseContentType: download.contentType,
    ResponseContentDisposition: download.contentDisposition,
    ResponseCacheControl: download.cacheControl,
  };
  const expiresIn = download.expiresInSeconds;
  return download.method === "HEAD"
    ? getSignedUrl(client, new HeadObjectCommand(answered), { expiresIn })
    : getSignedUrl(client, new GetObjectCommand(answered), { expiresIn });
}
