export interface AttemptAudio {
  readonly tenant: string;
  readonly jobId: string;
  readonly fence: string;
  /** Without the dot. */
  readonly extension: string;
}

/**
 * Every attempt stores under a name of its own; the commit publishes one of them. The last digits of the id, which are
 * random, spread a tenant's audio over 256 folders: one for each job would cost more than the audio in it.
 */
export function audioKeyOf({ tenant, jobId, fence, extension }: AttemptAudio): string {
  return `${tenant}/${jobId.slice(-2)}/${jobId}.${fence}.${extension}`;
}
