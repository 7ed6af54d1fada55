import { randomBytes } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { ed25519PrivateKey, ed25519PublicKey, generateEd25519Seed } from "@herald/shared/signing/ed25519";
import { signWebhook } from "@herald/shared/signing/webhook-signature";
import { createWebhookVerifier, verifyWebhook } from "./verify-webhook.ts";

const KEY = randomBytes(32);
const OTHER_KEY = randomBytes(32);
const SECRET = `whsec_${KEY.toString("base64")}`;
const OTHER_SECRET = `whsec_${OTHER_KEY.toString("base64")}`;
const NOW = new Date("2026-01-02T03:04:05.999Z");
const EVENT = { type: "job.completed", timestamp: "2026-01-02T03:04:05Z", data: { job_id: "j1", text: "é" } };
const BODY = Buffer.from(JSON.stringify(EVENT));
const now = () => NOW;

function signed(changes: Partial<Parameters<typeof signWebhook>[0]> = {}): Record<string, string> {
  const timestampSeconds = Math.floor(NOW.getTime() / 1000);
  return { ...signWebhook({ keys: [KEY], id: "evt_1", timestampSeconds, body: BODY, ...changes }) };
}

describe("verifyWebhook", () => {
  it("answers the event, its id, when it was sent, and what to know it by when it comes again", () => {
    expect(verifyWebhook(BODY, signed(), SECRET, { now })).toEqual({
      event: EVENT,
      id: "evt_1",
      sentAt: new Date("2026-01-02T03:04:05Z"),
      replayKey: "evt_1",
    });
  });

  it("takes the body as text or any view of its bytes, and headers as Node, Express or fetch have them", () => {
    const padded = Uint8Array.from([1, ...BODY, 2]).subarray(1, -1);
    const titled = Object.fromEntries(
      Object.entries(signed()).map(([name, value]) => [name.replace("webhook", "Webhook"), [value]]),
    );

    for (const payload of [BODY, BODY.toString(), padded]) {
      for (const headers of [signed(), titled, new Headers(signed())]) {
        expect(verifyWebhook(payload, headers, SECRET, { now }).id).toBe("evt_1");
      }
    }
  });

  it("takes whichever of several secrets signed, while one replaces the other", () => {
    const rotating = signed({ keys: [OTHER_KEY, KEY] });

    expect(verifyWebhook(BODY, rotating, SECRET, { now }).id).toBe("evt_1");
    expect(verifyWebhook(BODY, rotating, OTHER_SECRET, { now }).id).toBe("evt_1");
    expect(verifyWebhook(BODY, signed(), [OTHER_SECRET, SECRET], { now }).id).toBe("evt_1");
  });

  it("verifies with an ed25519 public key alone, or beside a secret", () => {
    const seed = generateEd25519Seed();
    const headers = signed({ privateKeys: [ed25519PrivateKey(seed)] });

    expect(verifyWebhook(BODY, headers, ed25519PublicKey(seed), { now }).id).toBe("evt_1");
    expect(verifyWebhook(BODY, headers, [OTHER_SECRET, ed25519PublicKey(seed)], { now }).id).toBe("evt_1");
  });

  it("knows an event of the form simple by its bytes, because that form signs no id", () => {
    const first = verifyWebhook(BODY, signed(), SECRET, { now, form: "simple" });
    const renamed = verifyWebhook(BODY, { ...signed(), "webhook-id": "evt_2" }, SECRET, {
      now,
      form: "simple",
    });

    expect(first.id).toBeNull();
    expect(first.replayKey).toMatch(/^sha256-[0-9a-f]{64}$/);
    expect(renamed.replayKey).toBe(first.replayKey);
  });

  it("does not fall back on the form that it was not told to look at", () => {
    const { "x-webhook-signature": simple = "", ...standard } = signed();

    expect(() => verifyWebhook(BODY, { "x-webhook-signature": simple }, SECRET, { now })).toThrow(
      expect.objectContaining({ code: "missing_header" }),
    );
    expect(() => verifyWebhook(BODY, standard, SECRET, { now, form: "simple" })).toThrow(
      expect.objectContaining({ code: "missing_header" }),
    );
  });

  it.each([
    ["twice", { "webhook-signature": ["v1,a", "v1,b"] }, "duplicate_header"],
    ["twice in different letters", { "Webhook-Id": "evt_2" }, "duplicate_header"],
    ["at any length", { "webhook-signature": `v1,${"A".repeat(5000)}` }, "malformed_header"],
    ["with any number of signatures", { "webhook-signature": "v1,A ".repeat(40) }, "malformed_header"],
    ["with a line break", { "webhook-id": "evt_1\nx" }, "malformed_header"],
  ])("refuses a header that comes %s", (_how, headers, code) => {
    expect(() => verifyWebhook(BODY, { ...signed(), ...headers }, SECRET, { now })).toThrow(
      expect.objectContaining({ name: "WebhookVerificationError", code }),
    );
  });

  it.each(["", "no JSON", "[]", "null", '{"type":"x"}', '{"type":1,"timestamp":"","data":{}}'])(
    "refuses %j although it is signed: it is no event",
    (text) => {
      const body = Buffer.from(text);

      expect(() => verifyWebhook(body, signed({ body }), SECRET, { now })).toThrow(
        expect.objectContaining({ code: "malformed_payload" }),
      );
    },
  );

  it("refuses bytes that are no UTF-8 instead of reading something else into them", () => {
    const body = Buffer.concat([
      Buffer.from('{"type":"a","timestamp":"b","data":{"x":"'),
      Buffer.of(0xff),
      Buffer.from('"}}'),
    ]);

    expect(() => verifyWebhook(body, signed({ body }), SECRET, { now })).toThrow(
      expect.objectContaining({ code: "malformed_payload" }),
    );
  });

  it("says of a parsed body that it needs the bytes, and does not call the request a forgery", () => {
    const parsed = EVENT as unknown as string;

    expect(() => verifyWebhook(parsed, signed(), SECRET, { now })).toThrow(
      expect.objectContaining({
        name: "WebhookSetupError",
        message: expect.stringContaining("as they came"),
      }),
    );
  });

  it("tells nobody the signature that it expected, nor the secret", () => {
    const genuine = signed()["webhook-signature"]?.slice(3) ?? "";

    const told = whatIsThrown(() =>
      verifyWebhook(BODY, { ...signed(), "webhook-signature": "v1,AAAA" }, SECRET, { now }),
    );

    expect(told).toContain("signature_mismatch");
    expect(told).not.toContain(genuine);
    expect(told).not.toContain(SECRET.slice(6));
  });
});

/** All of an error that anybody could log. */
function whatIsThrown(run: () => unknown): string {
  try {
    return JSON.stringify(run());
  } catch (error) {
    return JSON.stringify(error, Object.getOwnPropertyNames(error));
  }
}

describe("createWebhookVerifier", () => {
  it.each([
    ["no secret", []],
    ["an empty one", ""],
    ["one without its prefix", SECRET.slice(6)],
    ["one that is too short", `whsec_${Buffer.alloc(23).toString("base64")}`],
    ["one that lost its padding", SECRET.replace(/=+$/, "")],
    ["a public key of another length", `whpk_${Buffer.alloc(31).toString("base64")}`],
    ["a key that signs", `whsk_${Buffer.alloc(64).toString("base64")}`],
    ["too many", Array.from({ length: 17 }, () => SECRET)],
  ])("refuses to begin with %s", (_what, secrets) => {
    expect(() => createWebhookVerifier(secrets)).toThrow(
      expect.objectContaining({ name: "WebhookSetupError" }),
    );
  });

  it("never repeats a secret that it refuses", () => {
    expect(() => createWebhookVerifier("whsec_hunter2")).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("hunter2") }),
    );
  });

  it.each([0, -1, 301, NaN, Infinity])("refuses a tolerance of %d seconds", (toleranceSeconds) => {
    expect(() => createWebhookVerifier(SECRET, { toleranceSeconds })).toThrow("toleranceSeconds");
  });

  it("refuses to look for ed25519 in the form that has none", () => {
    expect(() => createWebhookVerifier(ed25519PublicKey(generateEd25519Seed()), { form: "simple" })).toThrow(
      "no ed25519",
    );
  });
});
