import { describe, expect, it } from "@jest/globals";
import { Webhook } from "standardwebhooks";
import { generateWebhookSecret, parseWebhookSecret } from "./webhook-secret.ts";

const secretOf = (bytes: number) => `whsec_${Buffer.alloc(bytes, 7).toString("base64")}`;

describe("parseWebhookSecret", () => {
  it.each([24, 25, 32, 64])(
    "takes a key of %i bytes, and the official library takes the same text",
    (bytes) => {
      expect(parseWebhookSecret(secretOf(bytes))).toEqual(Buffer.alloc(bytes, 7));
      expect(() => new Webhook(secretOf(bytes))).not.toThrow();
    },
  );

  it.each([
    ["nothing", "", /begins with "whsec_"/],
    ["the bare base64", secretOf(32).slice(6), /begins with "whsec_"/],
    ["no key", "whsec_", /holds 24 to 64 bytes, and this one 0; make one with/],
    ["a key too short", secretOf(23), /holds 24 to 64 bytes, and this one 23/],
    ["a key too long", secretOf(65), /and this one 65/],
    ["no padding", secretOf(32).replace(/=+$/, ""), /standard base64 with its padding/],
    ["base64url", `whsec_${Buffer.alloc(33, 0xfb).toString("base64url")}`, /standard base64/],
    ["a space within", secretOf(32).replace("B", " B"), /standard base64/],
    ["a line break at the end", `${secretOf(32)}\n`, /standard base64/],
  ])("refuses %s and says what is wrong", (_case, text, message) => {
    expect(() => parseWebhookSecret(text)).toThrow(message);
  });

  it("never repeats the secret in its message", () => {
    const secret = "correct-horse-battery-staple";

    expect(() => parseWebhookSecret(secret)).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining(secret) }),
    );
  });
});

describe("generateWebhookSecret", () => {
  it("makes a secret of 32 random bytes that parses to them", () => {
    const secret = generateWebhookSecret((bytes) => Buffer.alloc(bytes, 1));

    expect(parseWebhookSecret(secret)).toEqual(Buffer.alloc(32, 1));
    expect(generateWebhookSecret()).not.toBe(generateWebhookSecret());
  });
});
