import { randomBytes } from "node:crypto";
import { chmod, open, readFile, rename } from "node:fs/promises";
import type { Environment } from "@herald/platform/settings/settings";
import { generateWebhookSecret } from "@herald/shared/signing/webhook-secret";
import { hasCode } from "./machine/error-code.ts";
import { LaunchError } from "./machine/launch-error.ts";

const GENERATORS = {
  WEBHOOK_SECRET: () => generateWebhookSecret(),
  AUDIO_LINK_SECRET: () => randomBytes(32).toString("base64"),
  ENCRYPTION_KEY: () => randomBytes(32).toString("base64"),
} as const;

export type Secrets = Partial<Record<keyof typeof GENERATORS, string>>;

/** The secrets that the environment does not give: made at the first start, the same ever after. */
export async function loadSecrets(file: string, env: Environment): Promise<Secrets> {
  const kept = await readSecrets(file);
  const secrets: Secrets = { ...kept };
  for (const name of Object.keys(GENERATORS) as (keyof typeof GENERATORS)[]) {
    if (env[name] === undefined || env[name] === "") secrets[name] ??= GENERATORS[name]();
  }
  if (Object.keys(secrets).length > Object.keys(kept).length) await writeSecrets(file, secrets);
  return secrets;
}

async function readSecrets(file: string): Promise<Secrets> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    if (hasCode(error, "ENOENT")) return null;
    throw new LaunchError(`Cannot read ${file}: ${String(error)}`, { cause: error });
  });
  if (text === null) return {};
  await chmod(file, 0o600);
  return parseSecrets(text, file);
}

function parseSecrets(text: string, file: string): Secrets {
  try {
    const secrets: unknown = JSON.parse(text);
    if (areSecrets(secrets)) return secrets;
  } catch {
    // Answered below, like JSON of another shape.
  }
  throw new LaunchError(
    `${file} is damaged. Repair it: without its ENCRYPTION_KEY, the webhook signing keys in Redis cannot be used. ` +
      "It may be deleted, to have new secrets made, only together with the data of Redis.",
  );
}

function areSecrets(value: unknown): value is Secrets {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.values(value).every((one) => typeof one === "string")
  );
}

/** All or nothing, and on disk before the first signature is made with it. */
async function writeSecrets(file: string, secrets: Secrets): Promise<void> {
  const draft = `${file}.new`;
  const handle = await open(draft, "w", 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(secrets, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
}
