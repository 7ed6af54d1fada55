import type { ApiKey, Role } from "../api-keys/api-key-store.ts";

/** What a key may do on the board, whatever its tenant: the queues are the deployment's, not a tenant's. */
const ACCESS: Readonly<Record<Role, "none" | "look" | "act">> = {
  consumer: "none",
  viewer: "look",
  operator: "act",
  admin: "act",
};

export function mayEnter(key: ApiKey): boolean {
  return ACCESS[key.role] !== "none";
}

export function mayAct(key: ApiKey): boolean {
  return ACCESS[key.role] === "act";
}
