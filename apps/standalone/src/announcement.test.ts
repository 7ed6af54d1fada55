import { expect, it } from "@jest/globals";
import { announcement } from "./announcement.ts";

const input = {
  url: "http://127.0.0.1:3000",
  secretsFile: "/srv/data/secrets.json",
  webhookSecretGiven: false,
};

it("shows a new key, and a line that uses it", () => {
  const text = announcement({ ...input, adminKey: { kind: "new", key: "hk_new" } });

  expect(text).toContain("API key         hk_new");
  expect(text).toContain(`curl -sS http://127.0.0.1:3000/v1/tts/async -H "Authorization: Bearer hk_new"`);
});

it("does not show a key that the operator gave", () => {
  const text = announcement({ ...input, adminKey: { kind: "given", key: "hk_mine" } });

  expect(text).not.toContain("hk_mine");
  expect(text).toContain("Bearer $BOOTSTRAP_API_KEY");
});

it("says where the webhook secret is, and never shows it", () => {
  const adminKey = { kind: "exists" } as const;

  expect(announcement({ ...input, adminKey })).toContain("WEBHOOK_SECRET in /srv/data/secrets.json");
  expect(announcement({ ...input, adminKey, webhookSecretGiven: true })).toContain(
    "as given in WEBHOOK_SECRET",
  );
});
