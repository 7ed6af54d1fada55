import type { UpkeepStore } from "@herald/jobs/retention/upkeep-store";
import { expireOne, type ExpireAudioDeps } from "./expire-audio.ts";
import { workOff } from "./work-off.ts";

export interface ExpireEarlyDeps extends ExpireAudioDeps {
  readonly upkeep: ExpireAudioDeps["upkeep"] & Pick<UpkeepStore, "audioBytes">;
}

/** Shares of the quota: what is left above them is for the audio that is made until the next run. */
const BEGIN = 0.95;
const END = 0.9;

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
  let hasRoom = false;
  await workOff({
    next: async ({ skip, limit }) => (await upkeep.lists.audioExpiry.page(skip, limit)).map(({ ref }) => ref),
    async handle(ref) {
      hasRoom = !(await isOver(END));
      if (hasRoom) return true;
      const isGone = await expireOne(ref, deps);
      if (isGone) expired++;
      return isGone;
    },
    isOver: (handled) => hasRoom || deps.isOver(handled),
    atOnce: 1, // Each that goes may have made room enough.
  });
  return expired;
}
