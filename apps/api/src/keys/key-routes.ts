import type { Guards, Routes } from "../http/mount.ts";
import { adminOnly } from "../http/roles.ts";
import { createKey, type CreateKeyDeps } from "./create-key.ts";
import { deleteKey, type DeleteKeyDeps } from "./delete-key.ts";
import { listKeys, type ListKeysDeps } from "./list-keys.ts";

export type KeyRoutesDeps = CreateKeyDeps & DeleteKeyDeps & ListKeysDeps;

export function keyRoutes(deps: KeyRoutesDeps, { auth, json }: Guards): Routes {
  return {
    "/v1/keys": { get: [auth, adminOnly, listKeys(deps)], post: [auth, adminOnly, json, createKey(deps)] },
    "/v1/keys/:key_id": { delete: [auth, adminOnly, deleteKey(deps)] },
  };
}
