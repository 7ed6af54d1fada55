import { AppError } from "@herald/shared/errors";
import type { ApiKey, ApiKeyStore } from "../api-keys/api-key-store.ts";
import type { RequestHandler } from "express";

export interface DeleteKeyDeps {
  readonly apiKeys: Pick<ApiKeyStore, "list" | "remove">;
}

/** DELETE /v1/keys/:key_id. The key is refused from the next request on. */
export function deleteKey({ apiKeys }: DeleteKeyDeps): RequestHandler {
  return async (req, res) => {
    const keyId = String(req.params["key_id"]);
    refuseLastAdmin(await apiKeys.list(), keyId);
    if ((await apiKeys.remove(keyId)) === "missing") {
      throw new AppError("key_not_found", "there is no such key", { param: "key_id" });
    }
    res.status(204).end();
  };
}

/** Without an admin nobody could make a key again. Two admins who remove each other at once are not held up. */
function refuseLastAdmin(keys: readonly ApiKey[], keyId: string): void {
  const admins = keys.filter(({ role }) => role === "admin");
  if (admins.length === 1 && admins[0]?.keyId === keyId) {
    throw new AppError("last_admin_key", "this is the last admin key: make another one first", {
      param: "key_id",
    });
  }
}
