/** The work on a job took longer than `JOB_TIMEOUT`. */
export class JobTimeoutError extends Error {
  override readonly name = "JobTimeoutError";
}
