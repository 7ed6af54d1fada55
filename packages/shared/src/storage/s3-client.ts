import { S3Client, type ServerSideEncryption } from "@aws-sdk/client-s3";
import type { S3Encryption, S3Location } from "./storage-location.ts";

/** How long S3 is waited for. */
export interface S3Timeouts {
  /** One request of an upload, from its first byte to the answer's head. With a part of 5 MiB, 350 kB/s are enough. */
  readonly requestMs: number;
  /** Anything else: whoever waits for a download is told soon that there is none. */
  readonly answerMs: number;
  /** Between two pieces of audio that were asked for. */
  readonly stallMs: number;
}

export const S3_TIMEOUTS: S3Timeouts = { requestMs: 15_000, answerMs: 5000, stallMs: 15_000 };

const CONNECT_TIMEOUT_MS = 3000;
/** Of one request, by the SDK; the job has attempts of its own. */
const MAX_TRIES = 3;
/** Each download that the API passes on holds one. */
const MAX_SOCKETS = 1000;

/** Connects to nothing yet. Credentials come from AWS's usual chain: the environment, a shared file, the machine's role. */
export function createS3Client(location: S3Location, { requestMs }: S3Timeouts): S3Client {
  const { endpoint, region, pathStyle } = location;
  silenceNodeWarning();
  return new S3Client({
    ...(endpoint !== null && { endpoint }),
    ...(region !== null && { region }),
    forcePathStyle: pathStyle,
    maxAttempts: MAX_TRIES,
    // Every body is signed with its SHA-256 anyway, and many servers know nothing of the newer checksums.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: requestMs,
      throwOnRequestTimeout: true,
      // A listener who pauses is no failure. `readPromptly` tells one from a server that fell silent.
      socketTimeout: 0,
      httpAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
      httpsAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
    },
    logger: SILENT,
  });
}

/** The SDK would write to the console. */
const SILENT = { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore };
function ignore(): void {
  return undefined;
}

/** On Node 20 the SDK tells whoever starts it to upgrade; the version that we pin works there. */
function silenceNodeWarning(): void {
  // eslint-disable-next-line no-restricted-properties -- the SDK offers no other switch
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
}

export interface EncryptionParams {
  readonly ServerSideEncryption?: ServerSideEncryption;
  readonly SSEKMSKeyId?: string;
}

export function encryptionParams(encryption: S3Encryption | null): EncryptionParams {
  if (encryption === null) return {};
  const { algorithm, kmsKeyId } = encryption;
  return { ServerSideEncryption: algorithm, ...(kmsKeyId !== null && { SSEKMSKeyId: kmsKeyId }) };
}

/** The head of the answer within `ms`; how long its body may take is for the reader of it to say. */
export async function within<T>(
  ms: number,
  send: (options: { readonly abortSignal: AbortSignal }) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort(new Error(`no answer within ${ms} ms`));
  }, ms);
  try {
    return await send({ abortSignal: controller.signal });
  } finally {
    clearTimeout(timer);
  }
}
