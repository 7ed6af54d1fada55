import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "@herald/shared/errors";
import type { Stoppable } from "@herald/shared/stoppable";
import type { Logger } from "@herald/platform/logging/logger";
import { hashApiKey } from "@herald/shared/signing/api-key";
import type { ApiKeyStore } from "../api-keys/api-key-store.ts";

export interface BootstrapDeps {
  readonly apiKeys: Pick<ApiKeyStore, "create">;
  readonly logger: Logger;
  readonly now: () => Date;
  readonly retryMs?: number;
}

export interface Bootstrap extends Stoppable {
  /** Whether the key is known by now. */
  readonly isDone: () => boolean;
}

const RETRY_MS = 100;
/** The connection is still being made when the first try comes: that is nothing to warn of. */
const TRIES_BEFORE_WARNING = 10;

/**
 * Makes the first admin key known, as soon as Redis can be reached. The start does not wait for that: an API without Redis
 * must be there to say so. Doing it again on every start changes nothing.
 */
export function startBootstrap(key: string, deps: BootstrapDeps): Bootstrap {
  const stopping = new AbortController();
  let isDone = false;
  const done = untilCreated(key, deps, stopping.signal).then((created) => {
    isDone = created;
  });
  return {
    isDone: () => isDone,
    async stop() {
      stopping.abort();
      await done;
    },
  };
}

async function untilCreated(key: string, deps: BootstrapDeps, signal: AbortSignal): Promise<boolean> {
  const { apiKeys, logger, now, retryMs = RETRY_MS } = deps;
  const wanted = { hash: hashApiKey(key), tenant: "default", role: "admin", name: "bootstrap" } as const;
  for (let attempt = 1; !signal.aborted; attempt++) {
    try {
      const { keyId } = await apiKeys.create({ ...wanted, now: now() });
      logger.info("bootstrap_key.ready", { key_id: keyId, attempt });
      return true;
    } catch (error) {
      if (attempt === TRIES_BEFORE_WARNING)
        logger.warn("bootstrap_key.delayed", { reason: messageOf(error) });
      await sleep(retryMs, undefined, { signal }).catch(() => undefined);
    }
  }
  return false;
}
