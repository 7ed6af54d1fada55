import type { Logger } from "@herald/platform/logging/logger";
import type { EndpointStore } from "@herald/webhooks/endpoints/endpoint-store";
import type { SigningKeyStore } from "@herald/webhooks/signing-keys/signing-key-store";

export interface ResealDeps {
  readonly signingKeys: Pick<SigningKeyStore, "reseal">;
  readonly endpoints: Pick<EndpointStore, "reseal">;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** After a change of ENCRYPTION_KEY. Once it has said so, the earlier key is needed no more. */
export async function resealSecrets({ signingKeys, endpoints, logger, now }: ResealDeps): Promise<void> {
  try {
    const headers = await endpoints.reseal();
    const keys = await signingKeys.reseal(now());
    if (headers + keys > 0)
      logger.info("secrets.resealed", { signing_keys: keys, endpoint_headers: headers });
  } catch (error) {
    // They still open with the earlier key, and the next start tries again.
    logger.warn("secrets.not_resealed", { error });
  }
}
