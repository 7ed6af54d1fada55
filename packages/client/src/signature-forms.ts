import { readHeader, type WebhookHeaders } from "./headers.ts";
import { WebhookVerificationError } from "./verification-error.ts";

/**
 * `standard` is Standard Webhooks (`webhook-signature`); `simple` is `X-Webhook-Signature`, which leaves the event's id
 * unsigned. A receiver accepts one of them: if it accepted both, an event seen in one form could be sent again in the other.
 */
export type SignatureForm = "standard" | "simple";

export interface Signature {
  readonly version: string;
  readonly bytes: Buffer;
}

/** What a request claims, before any of it is believed. */
export interface SignedClaim {
  /** Null where the form does not sign it. */
  readonly id: string | null;
  readonly timestampSeconds: number;
  /** What is signed before the body's bytes. */
  readonly prefix: string;
  readonly signatures: readonly Signature[];
}

const ID = "webhook-id";
const TIMESTAMP = "webhook-timestamp";
const STANDARD = "webhook-signature";
const SIMPLE = "x-webhook-signature";

// An id with a dot could stand for another id and timestamp: the signed text is id.timestamp.body.
const EVENT_ID = /^[A-Za-z0-9_-]{1,256}$/;
const SECONDS = /^(?:0|[1-9][0-9]{0,11})$/;
/** Several while secrets are being replaced, for two versions. */
const MAX_SIGNATURES = 32;

/** Throws a WebhookVerificationError when a header of this form is missing, there twice or malformed. */
export function readClaim(headers: WebhookHeaders, form: SignatureForm): SignedClaim {
  return form === "standard" ? readStandard(headers) : readSimple(headers);
}

function readStandard(headers: WebhookHeaders): SignedClaim {
  const id = readHeader(headers, ID);
  const timestamp = readHeader(headers, TIMESTAMP);
  const entries = readHeader(headers, STANDARD).split(" ");
  if (!EVENT_ID.test(id)) {
    throw malformed(ID);
  }
  const signatures = bounded(entries, STANDARD).map((entry) => {
    const [, version = "", encoded = ""] = /^([^,]+),(.+)$/.exec(entry) ?? [];
    return { version, bytes: decode(encoded, "base64") };
  });
  return {
    id,
    timestampSeconds: parseSeconds(timestamp, TIMESTAMP),
    prefix: `${id}.${timestamp}.`,
    signatures,
  };
}

function readSimple(headers: WebhookHeaders): SignedClaim {
  const [time = "", ...entries] = readHeader(headers, SIMPLE).split(",");
  const [, timestamp = ""] = /^t=(.*)$/.exec(time) ?? [];
  const signatures = bounded(entries, SIMPLE).map((entry) => {
    const [, version = "", encoded = ""] = /^([^=]+)=(.+)$/.exec(entry) ?? [];
    return { version, bytes: decode(encoded, "hex") };
  });
  return { id: null, timestampSeconds: parseSeconds(timestamp, SIMPLE), prefix: `${timestamp}.`, signatures };
}

function bounded(entries: readonly string[], header: string): readonly string[] {
  if (entries.length > MAX_SIGNATURES) {
    throw malformed(header);
  }
  return entries;
}

function parseSeconds(text: string, header: string): number {
  if (!SECONDS.test(text)) {
    throw malformed(header);
  }
  return Number(text);
}

/** Empty, and so equal to no signature, when it is not written as a sender would. */
function decode(encoded: string, encoding: "base64" | "hex"): Buffer {
  const bytes = Buffer.from(encoded, encoding);
  return bytes.toString(encoding) === encoded ? bytes : Buffer.alloc(0);
}

function malformed(header: string): WebhookVerificationError {
  return new WebhookVerificationError("malformed_header", `the header ${header} is not as Herald sends it`);
}
