import type { Redis } from "ioredis";
import { createScript, runScript } from "../script.ts";

// Of many requests that carry one Idempotency-Key, the first names the job and all others are told its name. SET NX GET
// would say the same, but only since Redis 7.
//
// KEYS[1]  the idempotency key
// ARGV[1]  the value to reserve it with   ARGV[2]  time to live in milliseconds
// Returns  the value that now stands
const RESERVE_IDEMPOTENCY_KEY = createScript(`
local standing = redis.call("GET", KEYS[1])
if standing then
  return standing
end
redis.call("SET", KEYS[1], ARGV[1], "PX", ARGV[2])
return ARGV[1]
`);

export interface IdempotencyReservation {
  readonly key: string;
  readonly value: string;
  readonly ttlMs: number;
}

export async function reserveIdempotencyKey(
  redis: Redis,
  { key, value, ttlMs }: IdempotencyReservation,
): Promise<string> {
  return String(
    await runScript(redis, RESERVE_IDEMPOTENCY_KEY, { keys: [key], args: [value, String(ttlMs)] }),
  );
}
