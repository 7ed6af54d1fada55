import type { ApiKey } from "../api-keys/api-key-store.ts";
import { presentLimits } from "./key-limits.ts";

/** All that is known of a key. The key itself is not: it is answered once, when it is made. */
export function presentKey({ keyId, tenant, role, name, limits, createdAt, lastUsedAt }: ApiKey) {
  return {
    key_id: keyId,
    tenant,
    role,
    name,
    limits: presentLimits(limits),
    created_at: createdAt.toISOString(),
    last_used_at: lastUsedAt?.toISOString() ?? null,
  };
}
