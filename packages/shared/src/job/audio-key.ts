export interface AttemptAudio {
  readonly tenant: string;
  readonly jobId: string;
  readonly fence: string;
  /** Without the dot. */
  readonly extension: string;
}

/** Every attempt stores under a name of its own; the commit publishes one of them. */
export function audioKeyOf({ tenant, jobId, fence, extension }: AttemptAudio): string {
  return `${tenant}/${jobId}/${fence}.${extension}`;
}
