import { isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";

/** Where a STORAGE_URL says that audio is kept. */
export type StorageLocation = FileLocation | S3Location;

export interface FileLocation {
  readonly kind: "file";
  readonly directory: string;
}

export interface S3Location {
  readonly kind: "s3";
  readonly bucket: string;
  /** Begins every key, without a slash at either end; empty when the bucket is Herald's alone. */
  readonly prefix: string;
  /** Null: Amazon's own. */
  readonly endpoint: string | null;
  /** Null: what the AWS environment says. */
  readonly region: string | null;
  /** `endpoint/bucket/key` instead of `bucket.endpoint/key`. */
  readonly pathStyle: boolean;
  /** Null: as the bucket has it by default. */
  readonly encryption: S3Encryption | null;
}

export interface S3Encryption {
  readonly algorithm: "AES256" | "aws:kms";
  /** Null: the account's key for S3. */
  readonly kmsKeyId: string | null;
}

const PARAMETERS = ["endpoint", "region", "path_style", "sse", "kms_key_id"] as const;
type Parameters = ReadonlyMap<(typeof PARAMETERS)[number], string>;

/** Most servers other than Amazon's know no name but their own, and do not look at the region. */
const ELSEWHERE = { region: "us-east-1", pathStyle: true } as const;

/** Throws an Error whose message says what was expected. */
export function parseStorageUrl(text: string): StorageLocation {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol === "file:") return parseFileUrl(url);
  if (url?.protocol === "s3:") return parseS3Url(url);
  throw new Error("expected file:/// and an absolute path, or s3:// and a bucket");
}

function parseFileUrl(url: URL): FileLocation {
  // fileURLToPath refuses an encoded slash.
  const isLocal = url.host === "" && url.search + url.hash === "" && !/%2f/i.test(url.pathname);
  if (!isLocal || !isAbsolute(fileURLToPath(url))) {
    throw new Error("expected file:/// and an absolute path");
  }
  return { kind: "file", directory: fileURLToPath(url) };
}

function parseS3Url(url: URL): S3Location {
  if (url.username + url.password !== "") {
    throw new Error("expected no credentials in it: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
  }
  const parameters = parseParameters(url);
  const endpoint = parseEndpoint(parameters.get("endpoint"));
  return {
    kind: "s3",
    bucket: parseBucket(url),
    prefix: parsePrefix(url),
    endpoint,
    region: parseRegion(parameters.get("region")) ?? (endpoint === null ? null : ELSEWHERE.region),
    pathStyle: parsePathStyle(parameters.get("path_style")) ?? (endpoint !== null && ELSEWHERE.pathStyle),
    encryption: parseEncryption(parameters),
  };
}

function parseParameters(url: URL): Parameters {
  const parameters = new Map<(typeof PARAMETERS)[number], string>();
  for (const [given, value] of url.searchParams) {
    const name = PARAMETERS.find((known) => known === given);
    if (name === undefined) {
      throw new Error(`expected no parameter ${JSON.stringify(given)}, only ${PARAMETERS.join(", ")}`);
    }
    if (parameters.has(name)) throw new Error(`expected ${name} only once`);
    parameters.set(name, value);
  }
  return parameters;
}

function parseBucket({ hostname, port, hash }: URL): string {
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(hostname) || port + hash !== "") {
    throw new Error("expected s3:// and a bucket, named with 3 to 63 of a-z, 0-9, . and -");
  }
  return hostname;
}

function parsePrefix({ pathname }: URL): string {
  const prefix = pathname.replace(/^\/|\/$/g, "");
  if (!/^(?:[\w-][\w.-]*(?:\/(?!$)|$))*$/.test(prefix) || prefix.length > 200) {
    throw new Error("expected a prefix of up to 200 of A-Z a-z 0-9 . _ - in parts that begin with no dot");
  }
  return prefix;
}

function parseEndpoint(text: string | undefined): string | null {
  if (text === undefined) return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.search + url.hash + url.username !== "") {
    throw new Error("expected endpoint to be an http or https URL without query, fragment or password");
  }
  return url.href.replace(/\/+$/, "");
}

function parseRegion(text: string | undefined): string | null {
  if (text === undefined) return null;
  if (!/^[a-z0-9-]{1,40}$/.test(text)) throw new Error("expected region to be one such as eu-central-1");
  return text;
}

function parsePathStyle(text: string | undefined): boolean | null {
  if (text === undefined) return null;
  if (text !== "true" && text !== "false") throw new Error("expected path_style to be true or false");
  return text === "true";
}

function parseEncryption(parameters: Parameters): S3Encryption | null {
  const algorithm = parameters.get("sse");
  const kmsKeyId = parameters.get("kms_key_id") ?? null;
  if (algorithm !== "aws:kms" && kmsKeyId !== null) {
    throw new Error("expected sse=aws:kms beside kms_key_id");
  }
  if (algorithm === undefined) return null;
  if (algorithm !== "AES256" && algorithm !== "aws:kms") {
    throw new Error("expected sse to be AES256 or aws:kms");
  }
  if (kmsKeyId === "") throw new Error("expected kms_key_id to name a key");
  return { algorithm, kmsKeyId };
}
