export interface AttemptAudio {
  readonly tenant: string;
  readonly jobId: string;
  readonly fence: string;
  /** Its name is the file's extension, also for one that this version does not know: a record outlives its writer. */
  readonly format: string;
}

/**
 * Every attempt stores under a name of its own; the commit publishes one of them. The last digits of the id, which are
 * random, spread a tenant's audio over 256 folders: one for each job would cost more than the audio in it.
 */
export function audioKeyOf({ tenant, jobId, fence, format }: AttemptAudio): string {
  return `${tenant}/${jobId.slice(-2)}/${jobId}.${fence}.${format}`;
}
