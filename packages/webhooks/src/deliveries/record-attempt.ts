import type { Redis } from "ioredis";
import type { Keys } from "@herald/platform/redis/keys";
import {
  RECORD_ATTEMPT,
  recordArguments,
  recordedAs,
  recordKeys,
  type AttemptRecord,
  type Recorded,
} from "./record-attempt-lua.ts";
import { createScript, runScript } from "@herald/platform/redis/script";

const RECORD = createScript(`${RECORD_ATTEMPT}
return recordAttempt(1, 1, nil, #KEYS)
`);

export async function recordAttempt(redis: Redis, keys: Keys, record: AttemptRecord): Promise<Recorded> {
  return recordedAs(
    await runScript(redis, RECORD, { keys: recordKeys(keys, record), args: recordArguments(record) }),
  );
}
