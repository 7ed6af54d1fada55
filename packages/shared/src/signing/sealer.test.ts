import { describe, expect, it } from "@jest/globals";
import { createSealer, encryptionKeyId, sealedWith, UnknownEncryptionKey } from "./sealer.ts";

const OLD = Buffer.alloc(32, 1);
const NEW = Buffer.alloc(32, 2);
const SECRET = Buffer.from("thirty-two bytes of a signing key");

describe("a sealed secret", () => {
  it("opens for its owner alone, and shows nothing of the secret", () => {
    const sealer = createSealer([OLD]);
    const sealed = sealer.seal(SECRET, "acme\nwhk_1");

    expect(sealer.open(sealed, "acme\nwhk_1")).toEqual(SECRET);
    expect(() => sealer.open(sealed, "rival\nwhk_1")).toThrow();
    expect(() => sealer.open(sealed, "acme\nwhk_2")).toThrow();
    expect(Buffer.from(sealed.split(".")[1] ?? "", "base64url").includes(SECRET)).toBe(false);
  });

  it("is another text each time", () => {
    const sealer = createSealer([OLD]);

    expect(sealer.seal(SECRET, "acme")).not.toBe(sealer.seal(SECRET, "acme"));
  });

  it("does not open once any one character of it is another", () => {
    const sealer = createSealer([OLD]);
    const sealed = sealer.seal(SECRET, "acme");

    const opened = Array.from(sealed).filter((character, at) => {
      const changed = sealed.slice(0, at) + (character === "A" ? "B" : "A") + sealed.slice(at + 1);
      return opens(() => sealer.open(changed, "acme"));
    });

    expect(opened).toEqual([]);
  });

  it.each(["", ".", "a.b", "no dots", `${"0".repeat(16)}.${"A".repeat(37)}`])("is not %j", (text) => {
    expect(() => createSealer([OLD]).open(text, "acme")).toThrow("damaged");
  });

  it("opens with the key that sealed it after another has taken its place", () => {
    const sealed = createSealer([OLD]).seal(SECRET, "acme");
    const rotated = createSealer([NEW, OLD]);

    expect(rotated.open(sealed, "acme")).toEqual(SECRET);
    expect(sealedWith(rotated.seal(SECRET, "acme"))).toBe(encryptionKeyId(NEW));
    expect(rotated.keyIds).toEqual([encryptionKeyId(NEW), encryptionKeyId(OLD)]);
  });

  it("names the key that is missing, by its id and never by the key", () => {
    const sealed = createSealer([OLD]).seal(SECRET, "acme");
    const open = () => createSealer([NEW]).open(sealed, "acme");

    expect(open).toThrow(UnknownEncryptionKey);
    expect(open).toThrow(encryptionKeyId(OLD));
    expect(encryptionKeyId(OLD)).toMatch(/^[0-9a-f]{16}$/);
  });
});

function opens(open: () => Buffer): boolean {
  try {
    open();
    return true;
  } catch {
    return false;
  }
}
