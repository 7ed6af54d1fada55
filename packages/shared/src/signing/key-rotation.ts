import { AppError } from "../errors.ts";

/** `v1` is HMAC-SHA256 with a shared secret, `v1a` is ed25519: the names of Standard Webhooks. */
export const signatureVersions = ["v1", "v1a"] as const;
export type SignatureVersion = (typeof signatureVersions)[number];

export interface SigningKey {
  readonly keyId: string;
  readonly version: SignatureVersion;
  /** As it is kept. Only the store opens it. */
  readonly sealed: string;
  /** `whpk_...`, of a `v1a` key. */
  readonly publicKey: string | null;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** When it signs no more; null for the one that no other has replaced. */
  readonly expiresAt: number | null;
}

export interface Rotation {
  readonly keys: readonly SigningKey[];
  /** When the last of the keys that were replaced signs no more. */
  readonly previousExpiresAt: number | null;
}

export interface RotationTerms {
  readonly overlapMs: number;
  readonly now: number;
}

/** Each live key is one more signature on every webhook, and one more secret that is good for forging them. */
export const MAX_LIVE_KEYS = 5;

export function isLive({ expiresAt }: Pick<SigningKey, "expiresAt">, now: number): boolean {
  return expiresAt === null || expiresAt > now;
}

/**
 * Puts `next` first. No key of its version outlasts the overlap, however long it had been given before: after a leak, a
 * rotation without overlap ends them all.
 */
export function rotateKeys(keys: readonly SigningKey[], next: SigningKey, terms: RotationTerms): Rotation {
  const { overlapMs, now } = terms;
  const end = now + overlapMs;
  const kept = keys
    .map((key) => (key.version === next.version ? { ...key, expiresAt: earlier(key.expiresAt, end) } : key))
    .filter((key) => isLive(key, now));
  const replaced = kept.filter(({ version }) => version === next.version);
  if (replaced.length >= MAX_LIVE_KEYS) {
    throw new AppError(
      "too_many_webhook_keys",
      `there are ${MAX_LIVE_KEYS} live keys already: wait until one expires, or rotate with overlap_hours 0`,
      { param: "overlap_hours" },
    );
  }
  const hadKey = keys.some((key) => key.version === next.version && isLive(key, now));
  return { keys: [next, ...kept], previousExpiresAt: hadKey ? latestOf(replaced, now) : null };
}

function earlier(expiresAt: number | null, end: number): number {
  return expiresAt === null ? end : Math.min(expiresAt, end);
}

function latestOf(keys: readonly SigningKey[], now: number): number {
  return Math.max(now, ...keys.map(({ expiresAt }) => expiresAt ?? now));
}
