import { createHash } from "node:crypto";
import type { Story } from "./story.ts";
import { mapAll } from "./map-all.ts";

/** Every completed job's audio, as a client downloads it, whole and what the job says; of the others none. */
export async function checkAudio(stories: readonly Story[]): Promise<readonly string[]> {
  const faults = await mapAll(stories, findFault);
  return faults.filter((fault) => fault !== null);
}

async function findFault({ job }: Story): Promise<string | null> {
  if (job.status !== "completed") {
    return job.audio === null ? null : `job ${job.job_id} is ${job.status}, and has audio`;
  }
  const response = await fetch(job.audio?.url ?? "");
  const bytes = Buffer.from(await response.arrayBuffer());
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  // RIFF says how much follows after these 8 bytes.
  const isWhole = bytes.byteLength === job.audio?.bytes && bytes.readUInt32LE(4) === bytes.byteLength - 8;
  return response.ok && isWhole && sha256 === job.audio.sha256
    ? null
    : `the audio of job ${job.job_id} is not what the job says: ${response.status}, ${bytes.byteLength} bytes`;
}
