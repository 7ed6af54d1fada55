import type { Redis } from "ioredis";
import type { JobRef, Keys } from "@herald/platform/redis/keys";
import { createScript, runScript } from "@herald/platform/redis/script";

// Progress is written while another attempt may have taken over, which must not see its own count go backwards.
//
// KEYS[1]  job hash
// ARGV[1]  fence   ARGV[2]  segments done   ARGV[3]  segments in all
// Returns  1 when recorded, 0 when the attempt no longer holds the job
const RECORD_PROGRESS = createScript(`
local job = redis.call("HMGET", KEYS[1], "status", "fence")
if job[1] ~= "processing" or job[2] ~= ARGV[1] then
  return 0
end
redis.call("HSET", KEYS[1], "segments_done", ARGV[2], "segments_total", ARGV[3])
return 1
`);

export interface Progress {
  readonly ref: JobRef;
  readonly fence: string;
  readonly segmentsDone: number;
  readonly segmentsTotal: number;
}

export async function recordProgress(
  redis: Redis,
  keys: Keys,
  progress: Progress,
): Promise<"applied" | "stale"> {
  const { ref, fence, segmentsDone, segmentsTotal } = progress;
  const reply = await runScript(redis, RECORD_PROGRESS, {
    keys: [keys.job(ref.tenant, ref.jobId)],
    args: [fence, String(segmentsDone), String(segmentsTotal)],
  });
  return reply === 1 ? "applied" : "stale";
}
