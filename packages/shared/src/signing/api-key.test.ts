import { describe, expect, it } from "@jest/globals";
import { generateApiKey, hashApiKey, isApiKey } from "./api-key.ts";

describe("an API key", () => {
  it("is hk_ and 32 random bytes, and has the shape of one", () => {
    const key = generateApiKey((bytes) => Buffer.alloc(bytes, 255));

    expect(key).toBe(`hk_${Buffer.alloc(32, 255).toString("base64url")}`);
    expect(isApiKey(key)).toBe(true);
    expect(generateApiKey()).not.toBe(generateApiKey());
  });

  it("is stored as the SHA-256 of its text", () => {
    expect(hashApiKey("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });

  it.each([
    "",
    "hk_",
    "hk_short",
    `sk_${"a".repeat(43)}`,
    `hk_${"a".repeat(44)}`,
    `hk_${"a".repeat(42)}=`,
    `hk_${"a".repeat(43)}\n`,
  ])("is not %j", (text) => {
    expect(isApiKey(text)).toBe(false);
  });
});
