import type { ApiKey } from "@herald/shared/store";

/** All that is known of a key. The key itself is not: it is answered once, when it is made. */
export function presentKey({ keyId, tenant, role, name, createdAt, lastUsedAt }: ApiKey) {
  return {
    key_id: keyId,
    tenant,
    role,
    name,
    created_at: createdAt.toISOString(),
    last_used_at: lastUsedAt?.toISOString() ?? null,
  };
}
