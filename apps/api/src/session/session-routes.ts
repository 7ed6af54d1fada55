import { Router, type RequestHandler } from "express";
import { readForm } from "./read-form.ts";
import { signIn, signOut, type SignInDeps } from "./sign-in.ts";
import { sendSignInPage, sendSignOutPage } from "./sign-in-page.ts";

export interface SessionRoutesDeps extends SignInDeps {
  /** Refuses what a page of another site sends. */
  readonly sameOrigin: RequestHandler;
}

const FORM_LIMIT_BYTES = 4096;

/** Signing in and out of a page for people, below wherever it is mounted: `basePath` is where browsers reach that. */
export function sessionRoutes(deps: SessionRoutesDeps): Router {
  const { basePath, sameOrigin } = deps;
  const router = Router();
  router.get("/sign-in", (_req, res) => {
    sendSignInPage(res, basePath);
  });
  router.post("/sign-in", sameOrigin, readForm({ limitBytes: FORM_LIMIT_BYTES }), signIn(deps));
  router.get("/sign-out", (_req, res) => {
    sendSignOutPage(res, basePath);
  });
  router.post("/sign-out", sameOrigin, signOut(deps));
  return router;
}
