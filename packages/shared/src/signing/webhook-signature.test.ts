import { createHmac } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { Webhook } from "standardwebhooks";
import { ed25519PrivateKey, ed25519PublicKey } from "./ed25519.ts";
import { parseWebhookSecret } from "./webhook-secret.ts";
import { signWebhook } from "./webhook-signature.ts";

// The vector of the Standard Webhooks specification.
const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER_SECRET = `whsec_${Buffer.alloc(32, 9).toString("base64")}`;
const VECTOR = {
  keys: [parseWebhookSecret(SECRET)],
  id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
  timestampSeconds: 1614265330,
  body: Buffer.from('{"test": 2432232314}'),
};

function signedNow(body: Buffer, secrets: readonly string[] = [SECRET]): Record<string, string> {
  const timestampSeconds = Math.floor(Date.now() / 1000);
  return { ...signWebhook({ ...VECTOR, keys: secrets.map(parseWebhookSecret), timestampSeconds, body }) };
}

describe("signWebhook", () => {
  it("reproduces the specification's vector", () => {
    expect(signWebhook(VECTOR)).toMatchObject({
      "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    });
  });

  it("reproduces the ed25519 vector, which the official library passes over", () => {
    const seed = Buffer.from("6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbc=", "base64");
    const privateKeys = [ed25519PrivateKey(seed)];

    const { "webhook-signature": signatures } = signWebhook({ ...VECTOR, privateKeys });

    expect(signatures.split(" ")).toEqual([
      "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
      "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==",
    ]);
    expect(ed25519PublicKey(seed)).toBe("whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=");
    const now = { ...VECTOR, privateKeys, timestampSeconds: Math.floor(Date.now() / 1000) };
    expect(() => new Webhook(SECRET).verify(VECTOR.body, { ...signWebhook(now) })).not.toThrow();
  });

  it("signs <t>.<body> with the same key bytes in x-webhook-signature", () => {
    const key = Buffer.from("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "base64");
    const hex = createHmac("sha256", key).update('1614265330.{"test": 2432232314}').digest("hex");

    expect(signWebhook(VECTOR)["x-webhook-signature"]).toBe(`t=1614265330,v1=${hex}`);
  });

  it.each(["{}", '{"text":"Grüße, 世界 🎙"}', '{"text":"\\u0000\\ud83d"}', '{ "spaced" :\t1 }\n'])(
    "is accepted by the official library, byte for byte: %j",
    (text) => {
      const body = Buffer.from(text);

      expect(new Webhook(SECRET).verify(body, signedNow(body))).toEqual(JSON.parse(text));
    },
  );

  it("is refused by the official library once a byte of the body, the id or the time is another", () => {
    const body = Buffer.from('{"amount":1}');
    const headers = signedNow(body);
    const webhook = new Webhook(SECRET);

    expect(() => webhook.verify('{"amount":2}', headers)).toThrow("No matching signature");
    expect(() => webhook.verify(body, { ...headers, "webhook-id": "msg_other" })).toThrow(
      "No matching signature",
    );
    const later = String(Number(headers["webhook-timestamp"]) + 1);
    expect(() => webhook.verify(body, { ...headers, "webhook-timestamp": later })).toThrow(
      "No matching signature",
    );
  });

  it("verifies with either secret while one replaces the other, and with no third", () => {
    const body = Buffer.from("{}");
    const headers = signedNow(body, [OTHER_SECRET, SECRET]);

    expect(() => new Webhook(SECRET).verify(body, headers)).not.toThrow();
    expect(() => new Webhook(OTHER_SECRET).verify(body, headers)).not.toThrow();
    expect(() => new Webhook(`whsec_${Buffer.alloc(32).toString("base64")}`).verify(body, headers)).toThrow();
    expect(headers["x-webhook-signature"]).toMatch(/^t=\d+,v1=[0-9a-f]{64},v1=[0-9a-f]{64}$/);
  });

  it.each([
    ["no key", { keys: [] }],
    ["an id that could be read two ways", { id: "a.1" }],
    ["an id with a line break", { id: "a\r\nx: y" }],
    ["an empty id", { id: "" }],
    ["a fraction of a second", { timestampSeconds: 1.5 }],
    ["a time before 1970", { timestampSeconds: -1 }],
    ["no time", { timestampSeconds: NaN }],
  ])("refuses to sign with %s", (_case, part) => {
    expect(() => signWebhook({ ...VECTOR, ...part })).toThrow(/^a webhook/);
  });
});
