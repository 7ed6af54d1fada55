import { createHash, createHmac, timingSafeEqual, verify } from "node:crypto";
import type { WebhookHeaders } from "./headers.ts";
import { parseSecrets, type VerifyingKey } from "./secrets.ts";
import { readClaim, type SignatureForm, type SignedClaim } from "./signature-forms.ts";
import { WebhookSetupError, WebhookVerificationError } from "./verification-error.ts";
import type { WebhookEvent } from "./webhook-event.ts";

export interface VerifyOptions {
  /** Which of the two signatures is verified. Default: `standard`. */
  readonly form?: SignatureForm;
  /** How old the timestamp may be, and how far in the future: over 0 and up to 300, the default. */
  readonly toleranceSeconds?: number;
  /** Default: the system's clock. */
  readonly now?: () => Date;
}

export interface VerifiedWebhook {
  readonly event: WebhookEvent;
  /** `webhook-id`: the same on every attempt. Null in the form `simple`, which does not sign it. */
  readonly id: string | null;
  /** When this attempt was made. */
  readonly sentAt: Date;
  /** The same for every attempt at one event, different for another event: remember it to handle each event once. */
  readonly replayKey: string;
}

/** `payload` is the body as it came. Throws a WebhookVerificationError; a WebhookSetupError when `payload` was parsed. */
export type WebhookVerifier = (payload: Uint8Array | string, headers: WebhookHeaders) => VerifiedWebhook;

const TOLERANCE_SECONDS = 300;

/**
 * A verifier that reads the secrets once, for a receiver of many requests. `secrets` is one to 16 of `whsec_...` and `whpk_...`;
 * a request that any of them signed is accepted. Throws a WebhookSetupError for secrets or options that cannot work.
 */
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
 * The event, with its signature and time checked. `payload` is the body's bytes as they came: JSON that was parsed and
 * written again has other bytes. Any of the secrets may have signed. Throws a WebhookVerificationError when the request
 * does not verify, and a WebhookSetupError for secrets, options or a payload that cannot work.
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

/** Tries each key on each signature, also after a match, so that the time taken does not tell which of them matched. */
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
