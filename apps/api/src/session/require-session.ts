import { AppError } from "@herald/shared/errors";
import type { ApiKey, ApiKeyStore } from "../api-keys/api-key-store.ts";
import type { Request, RequestHandler, Response } from "express";
import { contextOf } from "../http/context.ts";
import { mayEnter } from "./board-roles.ts";
import type { SessionCookie } from "./session-cookie.ts";

export interface RequireSessionDeps {
  readonly apiKeys: Pick<ApiKeyStore, "findById">;
  readonly cookie: SessionCookie;
  readonly basePath: string;
}

/** What the page's scripts ask for: they can do nothing with a page to sign in on. */
const FOR_SCRIPTS = /^\/(api|static)\//;

/** Lets in whoever is signed in with a key that still stands, with the role that it had then. */
export function requireSession({ apiKeys, cookie, basePath }: RequireSessionDeps): RequestHandler {
  async function findKey(req: Request): Promise<ApiKey | null> {
    const session = cookie.read(req);
    const key = session === null ? null : await apiKeys.findById(session.keyId);
    return key !== null && key.role === session?.role && mayEnter(key) ? key : null;
  }

  return async (req, res, next) => {
    const key = await findKey(req);
    if (key !== null) {
      contextOf(res).key = key;
      next();
    } else if (req.method === "GET" && !FOR_SCRIPTS.test(req.path)) {
      cookie.clear(res);
      res.redirect(303, `${basePath}/sign-in`);
    } else {
      throw new AppError("sign_in_required", `sign in at ${basePath}/sign-in`);
    }
  };
}

export function signedInKey(res: Response): ApiKey {
  const { key } = contextOf(res);
  if (key === null) {
    throw new Error("this route is mounted without requireSession");
  }
  return key;
}
