import type { Logger } from "@herald/platform/logging/logger";
import { hashApiKey, isApiKey } from "@herald/shared/signing/api-key";
import type { ApiKey, ApiKeyStore } from "../api-keys/api-key-store.ts";
import type { RequestHandler } from "express";
import { contextOf } from "../http/context.ts";
import { mayEnter } from "./board-roles.ts";
import type { SessionCookie } from "./session-cookie.ts";
import { sendSignInPage, type Complaint } from "./sign-in-page.ts";
import type { LimitSignIn } from "./sign-in-limits.ts";

export interface SignInDeps {
  readonly apiKeys: Pick<ApiKeyStore, "findByHash" | "touch">;
  readonly cookie: SessionCookie;
  readonly basePath: string;
  readonly limitSignIn: LimitSignIn;
  readonly logger: Logger;
  readonly now: () => Date;
}

const UNKNOWN: Complaint = { status: 401, sentence: "This API key is not known." };
const NOT_FOR_CONSUMERS: Complaint = {
  status: 403,
  sentence: "This is a consumer's key. The queues are open to viewers, operators and admins.",
};

/** POST /admin/queues/sign-in: an API key for a cookie. The key is in the form's body, and nowhere else afterwards. */
export function signIn(deps: SignInDeps): RequestHandler {
  const { apiKeys, cookie, basePath, limitSignIn, logger } = deps;

  return async (req, res) => {
    const wait = await limitSignIn(req.socket.remoteAddress ?? "");
    if (wait !== null) {
      res.set("retry-after", String(wait.retryAfterSeconds));
      refuse({ status: 429, sentence: `Too many attempts. Try again in ${wait.retryAfterSeconds} s.` });
      return;
    }
    const offered = (req.body as { readonly key?: unknown } | undefined)?.key;
    const hash = typeof offered === "string" && isApiKey(offered.trim()) ? hashApiKey(offered.trim()) : null;
    const key = hash === null ? null : await apiKeys.findByHash(hash);
    if (hash === null || key === null || !mayEnter(key)) {
      refuse(key === null ? UNKNOWN : NOT_FOR_CONSUMERS, key);
      return;
    }
    contextOf(res).key = key;
    apiKeys.touch(hash, deps.now()).catch(() => undefined);
    cookie.write(res, key);
    logger.info("board.entered", { key_id: key.keyId, role: key.role });
    res.redirect(303, `${basePath}/`);

    function refuse(complaint: Complaint, known: ApiKey | null = null): void {
      logger.warn("board.refused", {
        status: complaint.status,
        address: req.socket.remoteAddress,
        ...(known !== null && { key_id: known.keyId }),
      });
      sendSignInPage(res, basePath, complaint);
    }
  };
}

/** POST /admin/queues/sign-out */
export function signOut({ cookie, basePath }: Pick<SignInDeps, "cookie" | "basePath">): RequestHandler {
  return (_req, res) => {
    cookie.clear(res);
    res.redirect(303, `${basePath}/sign-in`);
  };
}
