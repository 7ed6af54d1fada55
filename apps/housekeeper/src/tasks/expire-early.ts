import type { UpkeepStore } from "@herald/shared/store";
import { expireOne, type ExpireAudioDeps } from "./expire-audio.ts";

export interface ExpireEarlyDeps extends ExpireAudioDeps {
  readonly upkeep: ExpireAudioDeps["upkeep"] & Pick<UpkeepStore, "audioBytes">;
}

/** Shares of the quota: what is left above them is for the audio that is made until the next run. */
const BEGIN = 0.95;
const END = 0.9;
const BATCH = 500;

/**
 * Makes room, when the quota is nearly used up, by expiring audio before its time. What would expire next goes first,
 * which is what is oldest. Answers how many there were.
 */
export async function expireEarly(deps: ExpireEarlyDeps, maxBytes: number): Promise<number> {
  const { upkeep } = deps;
  const isOver = async (share: number): Promise<boolean> => (await upkeep.audioBytes()) >= share * maxBytes;
  if (!(await isOver(BEGIN))) {
    return 0;
  }
  let expired = 0;
  let failed = 0;
  // As with what expires in time: a whole batch of failures says that storage is away.
  while (failed < BATCH) {
    const oldest = await upkeep.lists.audioExpiry.page(failed, BATCH);
    if (oldest.length === 0) break;
    for (const { ref } of oldest) {
      if (!(await isOver(END))) return expired;
      if (await expireOne(ref, deps)) expired++;
      else failed++;
    }
  }
  return expired;
}
