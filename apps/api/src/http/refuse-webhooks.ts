import { AppError } from "@herald/shared/errors";
import type { RequestHandler } from "express";

/**
 * An endpoint may carry a key in its headers and point at Herald itself: each delivery would then send others again, for ever.
 * A webhook bears this header, which no endpoint can set or take away, so one of another Herald is known as well.
 */
export const refuseWebhooks: RequestHandler = (req, _res, next) => {
  if (req.get("x-webhook-attempt") !== undefined) {
    throw new AppError("webhook_loop", "a webhook must not call Herald: it would go round for ever");
  }
  next();
};
