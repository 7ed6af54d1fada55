import { createHmac, sign, type KeyObject } from "node:crypto";

export interface WebhookToSign {
  /** One signature for each: while a secret is being replaced, receivers verify with the old or the new one. */
  readonly keys: readonly Buffer[];
  /** Ed25519: receivers that want no shared secret verify with the public halves. */
  readonly privateKeys?: readonly KeyObject[];
  /** The event's id, the same on every attempt. */
  readonly id: string;
  /** The time of this attempt, in whole seconds since 1970. */
  readonly timestampSeconds: number;
  /** The exact bytes that are sent. */
  readonly body: Buffer;
}

export type SignatureHeaders = Readonly<
  Record<"webhook-id" | "webhook-timestamp" | "webhook-signature" | "x-webhook-signature", string>
>;

// The signed text is id.timestamp.body: an id with a dot could stand for another id and timestamp.
const EVENT_ID = /^[A-Za-z0-9_-]+$/;

/** Standard Webhooks (`v1`, and `v1a` for each private key), and beside it the form `t=<seconds>,v1=<hex>`. */
export function signWebhook(webhook: WebhookToSign): SignatureHeaders {
  assertSignable(webhook);
  const { keys, privateKeys = [], id, timestampSeconds, body } = webhook;
  const prefix = `${id}.${timestampSeconds}.`;
  const symmetric = keys.map((key) => `v1,${hmac(key, prefix, body).toString("base64")}`);
  const asymmetric = privateKeys.map((key) => `v1a,${ed25519(key, prefix, body).toString("base64")}`);
  const simple = keys.map((key) => `v1=${hmac(key, `${timestampSeconds}.`, body).toString("hex")}`);
  return {
    "webhook-id": id,
    "webhook-timestamp": String(timestampSeconds),
    "webhook-signature": [...symmetric, ...asymmetric].join(" "),
    "x-webhook-signature": [`t=${timestampSeconds}`, ...simple].join(","),
  };
}

function assertSignable({ keys, id, timestampSeconds }: WebhookToSign): void {
  if (keys.length === 0) {
    throw new Error("a webhook cannot be signed without a key");
  }
  if (!EVENT_ID.test(id)) {
    throw new Error("a webhook id may hold only letters, digits, _ and -");
  }
  if (!Number.isSafeInteger(timestampSeconds) || timestampSeconds < 0) {
    throw new Error("a webhook timestamp is a whole number of seconds since 1970");
  }
}

function hmac(key: Buffer, prefix: string, body: Buffer): Buffer {
  return createHmac("sha256", key).update(prefix).update(body).digest();
}

function ed25519(key: KeyObject, prefix: string, body: Buffer): Buffer {
  return sign(null, Buffer.concat([Buffer.from(prefix), body]), key);
}
