import type { Redis } from "ioredis";
import { createScript, runScript } from "./script.ts";

// Not `ZADD XX`, which a full Redis refuses: what may not be purged yet would stand before all that may (see expire-audio.ts).
//
// KEYS[1]  list
// ARGV[1]  member   ARGV[2]  its new date in ms
// Returns  nothing of interest; nothing is done for a member that is not listed
const POSTPONE = createScript(`
if redis.call("ZREM", KEYS[1], ARGV[1]) == 1 then
  redis.call("ZADD", KEYS[1], ARGV[2], ARGV[1])
end
return 0
`);

export interface Postponement {
  readonly member: string;
  readonly until: Date;
}

export async function postpone(redis: Redis, list: string, { member, until }: Postponement): Promise<void> {
  await runScript(redis, POSTPONE, { keys: [list], args: [member, String(until.getTime())] });
}
