import type { Logger } from "@herald/shared/logging";
import type { SigningKeyStore } from "@herald/shared/store";

export interface ResealDeps {
  readonly store: Pick<SigningKeyStore, "reseal">;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** After a change of ENCRYPTION_KEY. Once it has said so, the earlier key is needed no more. */
export async function resealSigningKeys({ store, logger, now }: ResealDeps): Promise<void> {
  try {
    const secrets = await store.reseal(now());
    if (secrets > 0) logger.info("signing_keys.resealed", { secrets });
  } catch (error) {
    // They still open with the earlier key, and the next start tries again.
    logger.warn("signing_keys.not_resealed", { error });
  }
}
