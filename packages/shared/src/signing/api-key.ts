import { hash, randomBytes } from "node:crypto";

const PREFIX = "hk_";
const KEY_BYTES = 32;
const API_KEY = /^hk_[A-Za-z0-9_-]{43}$/;

/** `hk_` and 256 random bits. It is shown once and stored only as its hash. */
export function generateApiKey(random: (bytes: number) => Buffer = randomBytes): string {
  return PREFIX + random(KEY_BYTES).toString("base64url");
}

/** SHA-256 in hex. A slow password hash would add nothing: nobody guesses 256 random bits. */
export function hashApiKey(key: string): string {
  return hash("sha256", key);
}

/** Whether it could be a key at all; whether it is one, only the store knows. */
export function isApiKey(text: string): boolean {
  return API_KEY.test(text);
}
