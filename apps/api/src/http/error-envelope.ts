import { errorKinds } from "@herald/shared/error-kinds";
import type { AppError } from "@herald/shared/errors";

/** OpenAI's envelope: all four keys, always. */
export function errorEnvelope({ code, message, param }: AppError) {
  return { error: { message, type: errorKinds[code].type, param, code } };
}
