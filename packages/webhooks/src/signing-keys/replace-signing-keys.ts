import type { Redis } from "ioredis";
import { keyOwnerMemberOf, type KeyOwner, type Keys } from "@herald/platform/redis/keys";
import { createScript, runScript } from "@herald/platform/redis/script";

// Compare-and-set on the whole list. Two that make an owner's first key, or rotate at once, must not each hand out a secret
// of which only one signs. The count of secrets by encryption key changes with it: a process decides by that count, when
// it starts, whether it can open all that there is.
//
// KEYS[1]  an owner's signing keys   KEYS[2]  set of owners   KEYS[3]  hash of encryption key id to number of secrets
// ARGV[1]  the list as it was read, "" for none   ARGV[2]  the new one, "" for none   ARGV[3]  the owner
// ARGV[4…] encryption key id, change of its count
// Returns  1 when replaced, 0 when the list was another by then
const REPLACE_SIGNING_KEYS = createScript(`
if (redis.call("GET", KEYS[1]) or "") ~= ARGV[1] then
  return 0
end
if ARGV[2] == "" then
  redis.call("DEL", KEYS[1])
  redis.call("SREM", KEYS[2], ARGV[3])
else
  redis.call("SET", KEYS[1], ARGV[2])
  redis.call("SADD", KEYS[2], ARGV[3])
end
for i = 4, #ARGV, 2 do
  if redis.call("HINCRBY", KEYS[3], ARGV[i], ARGV[i + 1]) <= 0 then
    redis.call("HDEL", KEYS[3], ARGV[i])
  end
end
return 1
`);

export interface SigningKeysReplacement {
  readonly owner: KeyOwner;
  /** The list as it was read; empty for none. */
  readonly before: string;
  /** The new one; empty for none. */
  readonly after: string;
  /** By encryption key id. */
  readonly countChanges: Readonly<Record<string, number>>;
}

export async function replaceSigningKeys(
  redis: Redis,
  keys: Keys,
  { owner, before, after, countChanges }: SigningKeysReplacement,
): Promise<"replaced" | "stale"> {
  const changes = Object.entries(countChanges).flatMap(([keyId, by]) => [keyId, String(by)]);
  const reply = await runScript(redis, REPLACE_SIGNING_KEYS, {
    keys: [keys.signingKeys(owner), keys.signingKeyOwners, keys.sealedSecrets],
    args: [before, after, keyOwnerMemberOf(owner), ...changes],
  });
  return reply === 1 ? "replaced" : "stale";
}
