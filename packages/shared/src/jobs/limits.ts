/** What a key, and its tenant by way of that key, may submit. What is left out is not limited. */
export interface Limits {
  readonly requestsPerMinute?: number;
  /** Code points, as `text_chars` counts them. */
  readonly charsPerMinute?: number;
  /** Jobs of the tenant that wait. */
  readonly pendingJobs?: number;
  /** Of the tenant, in a calendar month of UTC. */
  readonly charsPerMonth?: number;
}

export const limitNames = ["requestsPerMinute", "charsPerMinute", "pendingJobs", "charsPerMonth"] as const;
