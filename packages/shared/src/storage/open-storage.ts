import { ConfigurationError } from "../configuration-error.ts";
import { AppError } from "../errors.ts";
import type { AudioStorage } from "./audio-storage.ts";
import { createFileStorage } from "./file-storage.ts";
import { S3Failure } from "./s3-fault.ts";
import type { S3Location, StorageLocation } from "./storage-location.ts";

/** What a process logs with. */
export interface Warn {
  warn(event: string, fields: Readonly<Record<string, unknown>>): void;
}

/**
 * The adapter that a STORAGE_URL asks for. Throws a ConfigurationError for storage that a person has to set right first;
 * storage that is merely away may come later.
 */
export async function openStorage(location: StorageLocation, logger: Warn): Promise<AudioStorage> {
  switch (location.kind) {
    case "file":
      return createFileStorage(location);
    case "s3":
      return openS3Storage(location, logger);
  }
}

async function openS3Storage(location: S3Location, logger: Warn): Promise<AudioStorage> {
  // Its SDK takes a quarter of a second and 24 MB to load, which those who keep files need not pay.
  const { createS3Storage } = await import("./s3-storage.ts");
  const storage = createS3Storage({
    location,
    onCannotList() {
      const reason = "the server cannot list interrupted uploads: let a rule of the bucket abort them";
      logger.warn("storage.cannot_list_uploads", { reason });
    },
  });
  await storage.check().catch((error: unknown) => {
    const failure = error instanceof AppError ? error.cause : error;
    if (failure instanceof S3Failure && failure.kind === "misconfigured") {
      throw new ConfigurationError([failure.message]);
    }
    logger.warn("storage.unavailable", { error });
  });
  return storage;
}
