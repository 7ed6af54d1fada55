import type { UpkeepStore } from "@herald/jobs/retention/upkeep-store";

export interface RecountAudioDeps {
  readonly upkeep: Pick<UpkeepStore, "recountAudio">;
  /** How many bytes too many were counted. */
  readonly onRepair: (kind: RecountRepair, bytes: number) => void;
}

export type RecountRepair = "audio_bytes_corrected";
export const RECOUNT_REPAIRS: readonly RecountRepair[] = ["audio_bytes_corrected"];

const BATCH = 500;
/** Per run, as with the lists that are compared. */
const BATCHES = 20;

/** Goes on with the recount of the audio that is stored, and begins anew when it came to the end. */
export async function recountAudio({ upkeep, onRepair }: RecountAudioDeps): Promise<void> {
  for (let i = 0; i < BATCHES; i++) {
    const wrong = await upkeep.recountAudio(BATCH);
    if (wrong === null) continue;
    if (wrong !== 0) onRepair("audio_bytes_corrected", wrong);
    return;
  }
}
