import { createHmac, timingSafeEqual } from "node:crypto";

export interface AudioLink {
  readonly key: Buffer;
  readonly tenant: string;
  readonly jobId: string;
  readonly expiresAt: Date;
}

export interface AudioLinkToVerify {
  readonly key: Buffer;
  readonly jobId: string;
  readonly token: string;
  readonly now: Date;
}

/** What else is signed with the same key begins with an event id or a time, so neither can pass for the other. */
const PURPOSE = "herald audio link v1";

// <expiry, seconds since 1970>.<tenant, base64url>.<HMAC-SHA256, base64url>
const TOKEN = /^(?<expiry>[1-9][0-9]{0,10})\.(?<tenant>[A-Za-z0-9_-]{1,256})\.(?<mac>[A-Za-z0-9_-]{43})$/;

/** A token that lets its bearer fetch one job's audio, and nothing else, until `expiresAt`. Safe in a URL as it stands. */
export function signAudioLink({ key, tenant, jobId, expiresAt }: AudioLink): string {
  const expiry = String(Math.floor(expiresAt.getTime() / 1000));
  const encodedTenant = Buffer.from(tenant).toString("base64url");
  return `${expiry}.${encodedTenant}.${mac(key, [expiry, encodedTenant, jobId])}`;
}

/** "expired" is said only of a token that was once good for this job. */
export function verifyAudioLink(
  link: AudioLinkToVerify,
): { readonly tenant: string } | "invalid" | "expired" {
  const { expiry = "", tenant = "", mac: given = "" } = TOKEN.exec(link.token)?.groups ?? {};
  if (!isEqual(given, mac(link.key, [expiry, tenant, link.jobId]))) {
    return "invalid";
  }
  if (link.now.getTime() >= Number(expiry) * 1000) {
    return "expired";
  }
  return { tenant: Buffer.from(tenant, "base64url").toString() };
}

/** The job's id comes last: the parts before it hold no line break, so no two lists of parts give the same text. */
function mac(key: Buffer, parts: readonly [expiry: string, tenant: string, jobId: string]): string {
  return createHmac("sha256", key)
    .update([PURPOSE, ...parts].join("\n"))
    .digest("base64url");
}

function isEqual(given: string, expected: string): boolean {
  return given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected));
}
