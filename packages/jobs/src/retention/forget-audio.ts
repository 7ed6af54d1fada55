import type { Redis } from "ioredis";
import { memberOf, type JobRef, type Keys } from "@herald/platform/redis/keys";
import { AUDIO_BYTES, audioKeys, audioOfKeys } from "./audio-bytes.ts";
import { createScript, runScript } from "@herald/platform/redis/script";

// For audio that is out of storage.
//
// KEYS[1]  job hash   KEYS[2…4]  the stored audio
// ARGV[1]  the job's member of the list
// Returns  nothing of interest
const FORGET_AUDIO = createScript(`${audioOfKeys(1)}${AUDIO_BYTES}
forgetAudio(audio, KEYS[1], ARGV[1])
return 0
`);

export async function forgetAudio(redis: Redis, keys: Keys, ref: JobRef): Promise<void> {
  await runScript(redis, FORGET_AUDIO, {
    keys: [keys.job(ref.tenant, ref.jobId), ...audioKeys(keys)],
    args: [memberOf(ref)],
  });
}
