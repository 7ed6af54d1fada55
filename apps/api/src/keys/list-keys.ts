import type { ApiKeyStore } from "../api-keys/api-key-store.ts";
import type { RequestHandler } from "express";
import { presentKey } from "./present-key.ts";

export interface ListKeysDeps {
  readonly apiKeys: Pick<ApiKeyStore, "list">;
}

/** GET /v1/keys: those of every tenant, oldest first. */
export function listKeys({ apiKeys }: ListKeysDeps): RequestHandler {
  return async (_req, res) => {
    const keys = await apiKeys.list();
    res.json({ data: keys.map(presentKey) });
  };
}
