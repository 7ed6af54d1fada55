import type { AdminKey } from "./api-key.ts";

export interface AnnouncementInput {
  readonly url: string;
  readonly adminKey: AdminKey;
  readonly secretsFile: string;
  /** The operator gave WEBHOOK_SECRET. */
  readonly webhookSecretGiven: boolean;
}

/** What a person needs to go on, once everything runs. */
export function announcement({ url, adminKey, secretsFile, webhookSecretGiven }: AnnouncementInput): string {
  return `
Herald is ready.

  Address         ${url}
  API key         ${describeKey(adminKey)}
  Webhook secret  ${webhookSecretGiven ? "as given in WEBHOOK_SECRET" : `WEBHOOK_SECRET in ${secretsFile}`}

Make it speak:

  ${curlLine(url, adminKey)}

Ctrl-C stops everything; the next start goes on where this one left off.
`;
}

function describeKey(adminKey: AdminKey): string {
  switch (adminKey.kind) {
    case "new":
      return `${adminKey.key}\n                  (an admin key; keep it: it is stored only as a hash and not shown again)`;
    case "given":
      return "as given in BOOTSTRAP_API_KEY";
    case "exists":
      return `the one shown at the first start. To add another, start once with BOOTSTRAP_API_KEY set to what this prints:
                  node -p '"hk_" + crypto.randomBytes(32).toString("base64url")'`;
  }
}

function curlLine(url: string, adminKey: AdminKey): string {
  const headers = `-H "Authorization: Bearer ${keyInShell(adminKey)}" -H "Content-Type: application/json"`;
  return `curl -sS ${url}/v1/tts/async ${headers} -d '{"text": "Hello from Herald."}'`;
}

/** A key that the operator chose is not ours to show. */
function keyInShell(adminKey: AdminKey): string {
  switch (adminKey.kind) {
    case "new":
      return adminKey.key;
    case "given":
      return "$BOOTSTRAP_API_KEY";
    case "exists":
      return "$HERALD_API_KEY";
  }
}
