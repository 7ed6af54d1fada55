import { describe, expect, it } from "@jest/globals";
import { signAudioLink, verifyAudioLink } from "./audio-link.ts";

const KEY = Buffer.alloc(32, 1);
const JOB = "019ab0c1-0000-7000-8000-000000000001";
const EXPIRY = new Date("2026-01-02T03:04:05Z");
const JUST_BEFORE = new Date(EXPIRY.getTime() - 1);

const token = signAudioLink({ key: KEY, tenant: "acme", jobId: JOB, expiresAt: EXPIRY });
const verify = (changes: Partial<Parameters<typeof verifyAudioLink>[0]> = {}) =>
  verifyAudioLink({ key: KEY, jobId: JOB, token, now: JUST_BEFORE, ...changes });

describe("an audio link", () => {
  it("names its tenant until the moment it expires", () => {
    expect(verify()).toEqual({ tenant: "acme" });
    expect(verify({ now: EXPIRY })).toBe("expired");
  });

  it("needs no escaping in a URL", () => {
    expect(encodeURIComponent(token)).toBe(token);
  });

  it.each(["Ünïcode/tenant", "a\nb", "a.b"])("carries the tenant %j whole", (tenant) => {
    const link = signAudioLink({ key: KEY, tenant, jobId: JOB, expiresAt: EXPIRY });

    expect(verify({ token: link })).toEqual({ tenant });
  });

  it("opens no other job and holds under no other key", () => {
    expect(verify({ jobId: "019ab0c1-0000-7000-8000-000000000002" })).toBe("invalid");
    expect(verify({ key: Buffer.alloc(32, 2) })).toBe("invalid");
  });

  it("is not prolonged or handed to another tenant by editing it", () => {
    const [expiry, tenant, mac] = token.split(".") as [string, string, string];
    const later = String(Number(expiry) + 1);
    const other = Buffer.from("rival").toString("base64url");

    expect(verify({ token: `${later}.${tenant}.${mac}` })).toBe("invalid");
    expect(verify({ token: `${expiry}.${other}.${mac}` })).toBe("invalid");
  });

  it("is refused when any one character of it is another", () => {
    const accepted = Array.from(token, (character, at) => {
      const changed = token.slice(0, at) + (character === "A" ? "B" : "A") + token.slice(at + 1);
      return verify({ token: changed });
    }).filter((verdict) => verdict !== "invalid");

    expect(accepted).toEqual([]);
  });

  it.each([
    "",
    ".",
    "..",
    "1.YQ",
    `${token} `,
    `0${token}`,
    `${token}.`,
    `${token}\n`,
    `+${token}`,
    "1.YQ.é",
    "[object Object]",
  ])("is refused when it is %j", (text) => {
    expect(verify({ token: text })).toBe("invalid");
  });

  it("does not tell the bearer of a forged link that it has expired", () => {
    expect(verify({ key: Buffer.alloc(32, 2), now: new Date("2030-01-01") })).toBe("invalid");
  });
});
