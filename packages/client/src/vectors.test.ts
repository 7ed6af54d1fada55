import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { verifyWebhook } from "./verify-webhook.ts";
import { WebhookVerificationError } from "./verification-error.ts";

interface Vector {
  readonly name: string;
  readonly form: "standard" | "simple" | "ed25519";
  readonly secret: string;
  /** Seconds since 1970, by the receiver's clock. */
  readonly now: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly expect: string;
}

const file = new URL("../vectors/webhook-signatures.json", import.meta.url);
const vectors = JSON.parse(readFileSync(file, "utf8")) as readonly Vector[];

/** The body of a vector need not be an event: that is looked at last, once the signature has held. */
function verdictOn({ form, secret, now, headers, body }: Vector): string {
  try {
    verifyWebhook(Buffer.from(body), headers, secret, {
      form: form === "simple" ? "simple" : "standard",
      now: () => new Date(now * 1000),
    });
    return "accepted";
  } catch (error) {
    if (!(error instanceof WebhookVerificationError)) throw error;
    return error.code === "malformed_payload" ? "accepted" : error.code;
  }
}

describe("verifyWebhook and the vectors of signatures", () => {
  it.each(vectors)("$form: $name is $expect", (vector) => {
    expect(verdictOn(vector)).toBe(vector.expect);
  });
});
