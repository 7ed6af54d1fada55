import type { Redis } from "ioredis";
import { DeadlineError, withDeadline } from "@herald/shared/with-deadline";
import { ConfigurationError } from "@herald/shared/configuration-error";
import type { Keys } from "@herald/platform/redis/keys";
import type { Sealer } from "@herald/shared/signing/sealer";

export interface EncryptionCheckDeps {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly sealer: Pick<Sealer, "keyIds">;
}

export interface EncryptionCheck {
  /**
   * Resolves when nothing stands against using this Redis, or when it cannot be asked now: the start does not wait for a
   * Redis that is away. Rejects when it holds secrets that we could not open.
   */
  readonly first: Promise<void>;
  /** Settles when such secrets are met, then or on a later connection. */
  readonly failed: Promise<ConfigurationError>;
}

const PATIENCE_MS = 2000;

/** With a wrong ENCRYPTION_KEY no webhook can be signed: better not to start than to use up the attempts at each. */
export function checkEncryption({ redis, keys, sealer }: EncryptionCheckDeps): EncryptionCheck {
  let settleFirst: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => (settleFirst = resolve));
  const failed = new Promise<ConfigurationError>((resolve) => {
    const check = (): void => {
      redis
        .hkeys(keys.sealedSecrets)
        .then((inUse) => {
          const missing = inUse.filter((id) => !sealer.keyIds.includes(id));
          if (missing.length > 0) resolve(complaint(missing, sealer.keyIds));
        })
        .catch(() => undefined)
        .finally(settleFirst);
    };
    redis.on("ready", check);
    redis.once("error", settleFirst);
    if (redis.status === "ready") check();
  });
  return { first: untilAsked(asked, failed), failed };
}

/** A Redis that does not answer is asked again once it does: the start goes on without it. */
async function untilAsked(asked: Promise<void>, failed: Promise<ConfigurationError>): Promise<void> {
  const refused = failed.then((error) => {
    throw error;
  });
  await withDeadline(Promise.race([refused, asked]), PATIENCE_MS).catch((error: unknown) => {
    if (!(error instanceof DeadlineError)) throw error;
  });
}

function complaint(missing: readonly string[], given: readonly string[]): ConfigurationError {
  return new ConfigurationError([
    `ENCRYPTION_KEY: Redis holds signing keys, or headers of endpoints, that are sealed with ${missing.join(" and ")}, and what is given is ` +
      `${given.join(" and ")}. Add the key that is missing after a comma`,
  ]);
}
