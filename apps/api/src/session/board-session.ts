import { createHmac, timingSafeEqual } from "node:crypto";

/** Who signed in to the queue board. The API key itself is not in it, nor anything that it could be found by. */
export interface BoardSession {
  readonly keyId: string;
  readonly role: string;
  readonly expiresAt: Date;
}

export interface SessionToRead {
  readonly key: Buffer;
  readonly token: string;
  readonly now: Date;
}

/** Sets this apart from the audio links, which are signed with the same key. */
const PURPOSE = "herald queue board session v1";

// <expiry, seconds since 1970>.<key id>.<role>.<HMAC-SHA256, base64url>
const TOKEN =
  /^(?<signed>(?<expiry>[1-9][0-9]{0,10})\.(?<keyId>[A-Za-z0-9_-]{1,64})\.(?<role>[a-z]{1,16}))\.(?<mac>[A-Za-z0-9_-]{43})$/;

export function sealBoardSession(key: Buffer, { keyId, role, expiresAt }: BoardSession): string {
  const signed = `${Math.floor(expiresAt.getTime() / 1000)}.${keyId}.${role}`;
  return `${signed}.${mac(key, signed)}`;
}

/** Null for a token that is not ours, was changed, or has run out. */
export function openBoardSession({ key, token, now }: SessionToRead): BoardSession | null {
  const {
    signed = "",
    expiry = "",
    keyId = "",
    role = "",
    mac: given = "",
  } = TOKEN.exec(token)?.groups ?? {};
  const expiresAt = new Date(Number(expiry) * 1000);
  return isEqual(given, mac(key, signed)) && now < expiresAt ? { keyId, role, expiresAt } : null;
}

function mac(key: Buffer, signed: string): string {
  return createHmac("sha256", key).update(`${PURPOSE}\n${signed}`).digest("base64url");
}

function isEqual(given: string, expected: string): boolean {
  return given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected));
}
