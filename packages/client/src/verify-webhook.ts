import { createHash, createHmac, timingSafeEqual, verify } from "node:crypto";
import type { WebhookHeaders } from "./headers.ts";
import { parseSecrets, type VerifyingKey } from "./secrets.ts";
import { readClaim, type SignatureForm, type SignedClaim } from "./signature-forms.ts";
import { WebhookSetupError, WebhookVerificationError } from "./verification-error.ts";
import type { WebhookEvent } from "./webhook-event.ts";

export interface VerifyOptions {
  /** Which of the two signatures is looked at: `standard` unless you say otherwise. */
  readonly form?: SignatureForm;
  /** How far the sender's clock and the network may be off, either way. Default: 300. */
  readonly toleranceSeconds?: number;
  readonly now?: () => Date;
}

export interface VerifiedWebhook {
  readonly event: WebhookEvent;
  /** `webhook-id`: the same on every attempt. Null in the form `simple`, which does not sign it. */
  readonly id: string | null;
  /** When this attempt was made. */
  readonly sentAt: Date;
  /** What two attempts at one event have in common, and two events have not: for remembering what was handled. */
  readonly replayKey: string;
}

export type WebhookVerifier = (payload: Uint8Array | string, headers: WebhookHeaders) => VerifiedWebhook;

const TOLERANCE_SECONDS = 300;

/** Reads the secrets once, for a receiver that verifies many requests. */
export function createWebhookVerifier(
  secrets: string | readonly string[],
  options: VerifyOptions = {},
): WebhookVerifier {
  const { form = "standard", toleranceSeconds = TOLERANCE_SECONDS, now = () => new Date() } = options;
  const keys = parseSecrets(secrets);
  if (!(toleranceSeconds > 0 && toleranceSeconds <= TOLERANCE_SECONDS)) {
    throw new WebhookSetupError(`toleranceSeconds must be more than 0 and at most ${TOLERANCE_SECONDS}`);
  }
  if (form === "simple" && keys.every(({ version }) => version === "v1a")) {
    throw new WebhookSetupError("the form simple has no ed25519 signatures: give a whsec_ secret");
  }
  return (payload, headers) => {
    const body = bytesOf(payload);
    const claim = readClaim(headers, form);
    checkTime(claim, { toleranceSeconds, now: now() });
    checkSignature(claim, body, keys);
    return {
      event: parseEvent(body),
      id: claim.id,
      sentAt: new Date(claim.timestampSeconds * 1000),
      replayKey: claim.id ?? `sha256-${createHash("sha256").update(body).digest("hex")}`,
    };
  };
}

/**
 * The event, once its signature and time were checked; throws a WebhookVerificationError otherwise. `payload` is the body as
 * it came: parsed and written again, it is another. Any of the secrets may have signed.
 */
// eslint-disable-next-line max-params -- the order that verifiers of webhooks have everywhere
export function verifyWebhook(
  payload: Uint8Array | string,
  headers: WebhookHeaders,
  secrets: string | readonly string[],
  options?: VerifyOptions,
): VerifiedWebhook {
  return createWebhookVerifier(secrets, options)(payload, headers);
}

function bytesOf(payload: Uint8Array | string): Buffer {
  if (typeof payload === "string") {
    return Buffer.from(payload);
  }
  if (payload instanceof Uint8Array) {
    return Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  }
  throw new WebhookSetupError(
    "the payload must be the body's bytes as they came, not what a parser made of them",
  );
}

function checkTime(
  { timestampSeconds }: SignedClaim,
  { toleranceSeconds, now }: { readonly toleranceSeconds: number; readonly now: Date },
): void {
  const age = Math.floor(now.getTime() / 1000) - timestampSeconds;
  if (age > toleranceSeconds) {
    throw new WebhookVerificationError("timestamp_too_old", "the timestamp is too far in the past");
  }
  if (-age > toleranceSeconds) {
    throw new WebhookVerificationError("timestamp_too_new", "the timestamp is too far in the future");
  }
}

/** Each key is tried on each signature, whether or not one has matched: how long it takes tells nothing of which. */
function checkSignature(
  { prefix, signatures }: SignedClaim,
  body: Buffer,
  keys: readonly VerifyingKey[],
): void {
  const signed = Buffer.concat([Buffer.from(prefix), body]);
  const matches = keys.flatMap((key) => {
    const isGenuine =
      key.version === "v1" ? hmacCheck(key.secret, signed) : ed25519Check(key.publicKey, signed);
    return signatures.filter(({ version }) => version === key.version).map(({ bytes }) => isGenuine(bytes));
  });
  if (!matches.includes(true)) {
    throw new WebhookVerificationError(
      "signature_mismatch",
      "no signature is of a known secret over this body",
    );
  }
}

type SignatureCheck = (given: Buffer) => boolean;

function hmacCheck(secret: Buffer, signed: Buffer): SignatureCheck {
  const expected = createHmac("sha256", secret).update(signed).digest();
  return (given) => given.length === expected.length && timingSafeEqual(given, expected);
}

const ED25519_BYTES = 64;

function ed25519Check(publicKey: Parameters<typeof verify>[2], signed: Buffer): SignatureCheck {
  return (given) => given.length === ED25519_BYTES && verify(null, signed, publicKey, given);
}

function parseEvent(body: Buffer): WebhookEvent {
  try {
    const event: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
    if (isEvent(event)) return event;
  } catch {
    // Answered below, like JSON of another shape.
  }
  throw new WebhookVerificationError("malformed_payload", "the body is signed, but is no event of Herald's");
}

function isEvent(value: unknown): value is WebhookEvent {
  return (
    isRecord(value) &&
    typeof value["type"] === "string" &&
    typeof value["timestamp"] === "string" &&
    isRecord(value["data"])
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
