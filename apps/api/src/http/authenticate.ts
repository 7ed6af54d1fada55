import { AppError } from "@herald/shared/errors";
import { hashApiKey, isApiKey } from "@herald/shared/signing";
import type { ApiKey, ApiKeyStore } from "@herald/shared/store";
import type { RequestHandler } from "express";
import { contextOf } from "./context.ts";

export interface AuthenticateDeps {
  readonly apiKeys: Pick<ApiKeyStore, "findByHash" | "touch">;
  readonly now: () => Date;
}

const BEARER = /^Bearer +(\S+)$/i;
const TOUCH_EVERY_MS = 60_000;

/** Lets in whoever shows a known key. Stands before the body is read, so that a stranger's upload costs nothing. */
export function authenticate({ apiKeys, now }: AuthenticateDeps): RequestHandler {
  const touch = touchNowAndThen(apiKeys);

  return async (req, res, next) => {
    const hash = hashApiKey(parseBearer(req.get("authorization")));
    const key = await apiKeys.findByHash(hash);
    if (key === null) {
      throw unknownKey();
    }
    Object.assign(contextOf(res), { key, tenant: key.tenant });
    touch(key, hash, now());
    next();
  };
}

function parseBearer(header: string | undefined): string {
  if (header === undefined || header === "") {
    throw new AppError("missing_api_key", "send your API key as Authorization: Bearer hk_...");
  }
  const [, key] = BEARER.exec(header) ?? [];
  if (key === undefined || !isApiKey(key)) {
    throw unknownKey();
  }
  return key;
}

function unknownKey(): AppError {
  return new AppError("invalid_api_key", "this API key is not known");
}

/**
 * Keeps `last_used_at` right to the minute. Nobody waits for it and nothing depends on it; a write that fails is made up
 * for by the next request's.
 */
function touchNowAndThen(apiKeys: AuthenticateDeps["apiKeys"]) {
  const underWay = new Set<string>();

  return ({ keyId, lastUsedAt }: ApiKey, hash: string, now: Date): void => {
    const recently = lastUsedAt !== null && now.getTime() - lastUsedAt.getTime() < TOUCH_EVERY_MS;
    if (recently || underWay.has(keyId)) {
      return;
    }
    underWay.add(keyId);
    apiKeys
      .touch(hash, now)
      .catch(() => undefined)
      .finally(() => underWay.delete(keyId));
  };
}
