import type { Readable } from "node:stream";
import { DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import type { AudioStorage } from "./audio-storage.ts";
import { abortAbandoned } from "./s3-abandoned.ts";
import { createS3Client, encryptionParams, S3_TIMEOUTS, within, type S3Timeouts } from "./s3-client.ts";
import { openObject, presignObject } from "./s3-download.ts";
import { inS3, isS3Error, statusOf } from "./s3-fault.ts";
import { uploadAudio } from "./s3-upload.ts";
import { shareAnswer } from "./share-answer.ts";
import { isStorageKey, parseStorageKey } from "./storage-key.ts";
import { storeUnlessAborted } from "./store-unless-aborted.ts";
import type { S3Location } from "./storage-location.ts";

/** A probe is two requests that Amazon may charge for. */
const PROBE_SHARED_MS = 5000;
const MAX_CLOCK_ERROR_MS = 300_000;
/** No part of a key begins with a dot, so no key can be this. */
const PROBE = ".probe";

export interface S3StorageOptions {
  readonly location: S3Location;
  /** Called once, when the server has no way to list interrupted uploads. */
  readonly onCannotList: () => void;
  readonly timeouts?: S3Timeouts;
}

/** As S3 would itself, did the SDK not sign for the server's time once it knows it. Links that are handed out need ours. */
function refuseWrongClock(offsetMs: number): void {
  if (Math.abs(offsetMs) < MAX_CLOCK_ERROR_MS) return;
  const message = `it differs from the server's by ${Math.round(Math.abs(offsetMs) / 60_000)} minutes`;
  throw Object.assign(new Error(message), { name: "RequestTimeTooSkewed" });
}

/** Audio as objects of one bucket. Opens no connection before it is used. */
export function createS3Storage(options: S3StorageOptions): AudioStorage {
  const { location, onCannotList, timeouts = S3_TIMEOUTS } = options;
  const client = createS3Client(location, timeouts);
  const encryption = encryptionParams(location.encryption);
  const prefix = location.prefix === "" ? "" : `${location.prefix}/`;
  const named = (name: string) => ({ Bucket: location.bucket, Key: `${prefix}${name}` });
  const objectOf = (key: string) => named(parseStorageKey(key).join("/"));
  const probe = named(PROBE);
  let canList = true;

  async function store(key: string, audio: Readable, signal?: AbortSignal): Promise<{ bytes: number }> {
    const target = { ...objectOf(key), ...encryption };
    const uploaded = await inS3(location, () => uploadAudio(client, target, { audio, signal }));
    if (uploaded.kind === "source_failed") throw uploaded.error;
    return { bytes: uploaded.bytes };
  }

  async function remove(key: string): Promise<void> {
    const command = new DeleteObjectCommand(objectOf(key));
    await inS3(location, () => within(timeouts.answerMs, (request) => client.send(command, request)));
  }

  return {
    put: (key, audio, signal) =>
      storeUnlessAborted({
        audio,
        signal,
        store: () => store(key, audio, signal),
        undo: () => remove(key),
      }),

    async open(key, range) {
      const object = objectOf(key);
      return inS3(location, () => openObject({ client, object, timeouts }, range));
    },

    remove,

    async removeAbandoned(olderThan) {
      if (!canList) return 0;
      // Others may keep things in the same bucket, or Herald those of another deployment below its prefix.
      const isOurs = (objectKey: string) => isStorageKey(objectKey.slice(prefix.length));
      const uploads = { client, bucket: location.bucket, prefix, isOurs };
      return inS3(location, async () => {
        try {
          return await abortAbandoned(uploads, olderThan);
        } catch (error) {
          if (!isS3Error(error, "NotImplemented") && statusOf(error) !== 501) throw error;
          canList = false;
          onCannotList();
          return 0;
        }
      });
    },

    check: shareAnswer(PROBE_SHARED_MS, () =>
      inS3(location, async () => {
        const write = new PutObjectCommand({ ...probe, ...encryption, Body: "" });
        await within(timeouts.answerMs, (request) => client.send(write, request));
        const erase = new DeleteObjectCommand(probe);
        await within(timeouts.answerMs, (request) => client.send(erase, request));
        refuseWrongClock(client.config.systemClockOffset);
      }),
    ),

    async presign(key, download) {
      const object = objectOf(key);
      return inS3(location, () => presignObject({ client, object, timeouts }, download));
    },
  };
}
