import { AppError } from "../errors.ts";
import type { S3Location } from "./storage-location.ts";

/**
 * Why S3 did not do what it was asked, in words for an operator. "misconfigured": no waiting helps until a person
 * changes a setting, the bucket or a policy. "away": it may be back by itself.
 */
export class S3Failure extends Error {
  override readonly name = "S3Failure";

  constructor(
    readonly kind: "misconfigured" | "away",
    message: string,
    options: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Work on S3 itself. What it fails with becomes the private cause. */
export async function inS3<T>(location: S3Location, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const cause = explain(error, location);
    throw new AppError("storage_unavailable", "the audio storage cannot be used", { cause });
  }
}

/** What the SDK throws, as far as we look at it. */
interface Thrown {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

export function isS3Error(error: unknown, ...names: readonly string[]): boolean {
  return names.includes((error as Thrown | undefined)?.name ?? "");
}

export function statusOf(error: unknown): number {
  return (error as Thrown | undefined)?.$metadata?.httpStatusCode ?? 0;
}

function explain(error: unknown, location: S3Location): S3Failure {
  const thrown = (error ?? {}) as Thrown;
  const place = `bucket "${location.bucket}" at ${location.endpoint ?? "Amazon S3"}`;
  const detail = `${thrown.code ?? thrown.name ?? "Error"}: ${thrown.message?.trim() ?? ""}`;
  const advice = [thrown.code, thrown.name, thrown.message]
    .map((word) => ADVICE.get(word ?? ""))
    .find(Boolean);
  if (advice !== undefined) {
    return new S3Failure("misconfigured", `${advice(place, thrown)} (${detail})`, { cause: error });
  }
  if (isRefusal(statusOf(error))) {
    const message = `STORAGE_URL: ${place} refuses what is asked of it: correct the URL or the bucket (${detail})`;
    return new S3Failure("misconfigured", message, { cause: error });
  }
  return new S3Failure("away", `${place} cannot be reached or does not answer (${detail})`, { cause: error });
}

/** Of these statuses, the same request may succeed a moment later. */
const PASSING = new Set([408, 409, 423, 425, 429]);

function isRefusal(status: number): boolean {
  return status >= 300 && status < 500 && !PASSING.has(status);
}

/** Begins with the setting, ends with what to do about it. */
type Advice = (place: string, thrown: Thrown) => string;

const otherRegion: Advice = (place, { $response, message = "" }) => {
  const region = $response?.headers?.["x-amz-bucket-region"] ?? /expecting ['"]([\w-]+)/.exec(message)?.[1];
  return `STORAGE_URL: ${place} is in another region: set region=${region ?? "…"} in the URL`;
};
const unknownKey: Advice = (place) =>
  `AWS_ACCESS_KEY_ID: ${place} does not know this access key: correct the credentials`;
const wrongSecret: Advice = () =>
  "AWS_SECRET_ACCESS_KEY: the secret does not belong to AWS_ACCESS_KEY_ID: correct the credentials";
const badToken: Advice = () => "AWS_SESSION_TOKEN: the session token is not valid any more: renew it";
const noRight: Advice = (place) =>
  `STORAGE_URL: the credentials may not write to or delete from ${place}: grant them the policy in docs/storage.md`;
const wrongClock: Advice = () =>
  "the clock of this machine is wrong by minutes: set it, with NTP for instance";
const noCredentials: Advice = () =>
  "AWS_ACCESS_KEY_ID: no credentials were found: set it and AWS_SECRET_ACCESS_KEY, or give the machine a role";
const badKmsKey: Advice = () =>
  "STORAGE_URL: the key named by kms_key_id cannot be used: correct or enable it";
const badCertificate: Advice = (place) =>
  `STORAGE_URL: the certificate of ${place} is not trusted: correct the endpoint, or name its issuer's certificate in NODE_EXTRA_CA_CERTS`;

/** By code, name or message. */
const ADVICE: ReadonlyMap<string, Advice> = new Map(
  Object.entries({
    NoSuchBucket: (place) => `STORAGE_URL: there is no ${place}: create it, or correct the URL`,
    InvalidBucketName: (place) => `STORAGE_URL: ${place} is not a valid name there: correct the URL`,
    PermanentRedirect: otherRegion,
    AuthorizationHeaderMalformed: otherRegion,
    IllegalLocationConstraintException: otherRegion,
    "Region is missing": () => "STORAGE_URL: no region was found: set region= in the URL, or AWS_REGION",
    InvalidAccessKeyId: unknownKey,
    XAdminUserNotFound: unknownKey, // Versity's.
    SignatureDoesNotMatch: wrongSecret,
    InvalidToken: badToken,
    ExpiredToken: badToken,
    TokenRefreshRequired: badToken,
    AccessDenied: noRight,
    AllAccessDisabled: noRight,
    RequestTimeTooSkewed: wrongClock,
    CredentialsProviderError: noCredentials,
    NotImplemented: (place) =>
      `STORAGE_URL: ${place} does not offer what is asked of it: leave out sse, or use another server`,
    "KMS.NotFoundException": badKmsKey,
    "KMS.DisabledException": badKmsKey,
    "KMS.KMSInvalidStateException": badKmsKey,
    DEPTH_ZERO_SELF_SIGNED_CERT: badCertificate,
    SELF_SIGNED_CERT_IN_CHAIN: badCertificate,
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: badCertificate,
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: badCertificate,
    ERR_TLS_CERT_ALTNAME_INVALID: badCertificate,
    CERT_HAS_EXPIRED: badCertificate,
    EPROTO: (place) => `STORAGE_URL: ${place} does not speak TLS: correct http or https in the endpoint`,
  } satisfies Record<string, Advice>),
);
