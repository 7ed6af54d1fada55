import { describe, expect, it } from "@jest/globals";
import { openBoardSession, sealBoardSession } from "./board-session.ts";
import { signAudioLink } from "@herald/shared/signing/audio-link";

const KEY = Buffer.alloc(32, 7);
const NOW = new Date("2026-03-01T12:00:00Z");
const SESSION = { keyId: "key_1-a", role: "operator", expiresAt: new Date("2026-03-01T20:00:00Z") };
const open = (token: string, { key = KEY, now = NOW } = {}) => openBoardSession({ key, token, now });

describe("a board session", () => {
  it("is read back as it was sealed, until it runs out", () => {
    const token = sealBoardSession(KEY, SESSION);

    expect(open(token)).toEqual(SESSION);
    expect(open(token, { now: SESSION.expiresAt })).toBeNull();
  });

  it("is void when any part of it was changed, or another key sealed it", () => {
    const token = sealBoardSession(KEY, SESSION);

    for (const forged of [
      token.replace("operator", "admin"),
      token.replace("key_1", "key_2"),
      token.replace(/^\d+/, "9999999999"),
      token.slice(0, -1),
      `${token}x`,
      "",
      "a.b.c.d",
    ]) {
      expect(open(forged)).toBeNull();
    }
    expect(open(token, { key: Buffer.alloc(32, 8) })).toBeNull();
  });

  it("cannot be had from a link to audio, which the same key signs", () => {
    const link = signAudioLink({ key: KEY, tenant: "acme", jobId: "operator", expiresAt: SESSION.expiresAt });

    expect(open(link)).toBeNull();
    expect(open(link.replace(/\.([^.]+)\./, ".$1.operator."))).toBeNull();
  });
});
