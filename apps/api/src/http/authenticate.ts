import { BoundedMap } from "@herald/platform/bounded-map";
import { AppError } from "@herald/shared/errors";
import { hashApiKey, isApiKey } from "@herald/shared/signing/api-key";
import type { ApiKey, ApiKeyStore } from "../api-keys/api-key-store.ts";
import type { RequestHandler } from "express";
import { contextOf } from "./context.ts";

export interface AuthenticateDeps {
  readonly apiKeys: Pick<ApiKeyStore, "findByHash" | "touch">;
  readonly now: () => Date;
}

const BEARER = /^Bearer +(\S+)$/i;
const TOUCH_EVERY_MS = 60_000;
const RECOGNIZED_MS = 10_000;
const MAX_RECOGNIZED = 10_000;

type FindKey = (hash: string) => Promise<ApiKey>;

/** Lets in whoever shows a known key. Stands before the body is read, so that a stranger's upload costs nothing. */
export function authenticate(deps: AuthenticateDeps): RequestHandler {
  return letIn(lookUp(deps));
}

/**
 * The same, with a key remembered for some seconds, which saves one question to Redis for each submission. Only for a route
 * whose own step in Redis turns down a key that was removed meanwhile.
 */
export function recognize(deps: AuthenticateDeps): RequestHandler {
  const { now } = deps;
  const find = lookUp(deps);
  const recognized = new BoundedMap<string, { readonly key: ApiKey; readonly until: number }>(MAX_RECOGNIZED);
  return letIn(async (hash) => {
    const known = recognized.get(hash);
    if (known !== undefined && now().getTime() < known.until) return known.key;
    const key = await find(hash);
    recognized.set(hash, { key, until: now().getTime() + RECOGNIZED_MS });
    return key;
  });
}

function letIn(find: FindKey): RequestHandler {
  return async function authenticated(req, res, next) {
    const keyHash = hashApiKey(parseBearer(req.get("authorization")));
    const key = await find(keyHash);
    Object.assign(contextOf(res), { key, keyHash, tenant: key.tenant });
    next();
  };
}

function lookUp({ apiKeys, now }: AuthenticateDeps): FindKey {
  const touch = touchNowAndThen(apiKeys);
  return async (hash) => {
    const key = await apiKeys.findByHash(hash);
    if (key === null) {
      throw unknownKey();
    }
    touch(key, hash, now());
    return key;
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
