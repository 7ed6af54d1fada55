import { AppError } from "@herald/shared/errors";
import type { RequestHandler } from "express";
import { contextOf } from "../http/context.ts";

/** "expired" is said only of a link that was once good for this job. */
export type LinkVerdict = { readonly tenant: string } | "invalid" | "expired";

export interface AuthenticateLinkDeps {
  readonly verifyAudioLink: (jobId: string, token: string) => LinkVerdict;
}

/** Lets in whoever follows the signed link of a job's audio; whoever brings no token must show a key. */
export function linkOr(
  authenticate: RequestHandler,
  { verifyAudioLink }: AuthenticateLinkDeps,
): RequestHandler {
  return function linkOrKey(req, res, next) {
    const { token } = req.query;
    if (token === undefined) {
      return authenticate(req, res, next);
    }
    const verdict = verifyAudioLink(String(req.params["job_id"]), typeof token === "string" ? token : "");
    contextOf(res).tenant = tenantOfLink(verdict);
    next();
    return undefined;
  };
}

function tenantOfLink(verdict: LinkVerdict): string {
  if (verdict === "expired") {
    throw new AppError("audio_expired", "this link has expired, and the audio with it", { param: "token" });
  }
  if (verdict === "invalid") {
    throw new AppError("invalid_link", "this link is not valid", { param: "token" });
  }
  return verdict.tenant;
}
