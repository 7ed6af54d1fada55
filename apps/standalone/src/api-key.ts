import { createKeys } from "@herald/platform/redis/keys";
import { generateApiKey } from "@herald/shared/signing/api-key";
import { connectOnce } from "./redis/client.ts";

/** The admin key of this start: given by the operator, made now because there is none, or made at an earlier start. */
export type AdminKey =
  | { readonly kind: "given"; readonly key: string }
  | { readonly kind: "new"; readonly key: string }
  | { readonly kind: "exists" };

export interface AdminKeyDeps {
  readonly given: string | null;
  readonly hasApiKeys: () => Promise<boolean>;
}

/** Redis is asked, not a file of ours: another Redis, or one without its data, needs a new first key. */
export async function chooseAdminKey({ given, hasApiKeys }: AdminKeyDeps): Promise<AdminKey> {
  if (given !== null) return { kind: "given", key: given };
  if (await hasApiKeys()) return { kind: "exists" };
  return { kind: "new", key: generateApiKey() };
}

export async function hasApiKeys(redisUrl: string, tag: string): Promise<boolean> {
  const redis = await connectOnce(redisUrl);
  try {
    return (await redis.exists(createKeys(tag).apiKeys)) === 1;
  } finally {
    redis.disconnect();
  }
}
