import type { JobView } from "../support/client.ts";
import type { Accepted } from "./load.ts";

/** A request that verified. */
export interface Telling {
  readonly id: string;
  readonly at: number;
  readonly body: string;
}

/** An accepted job and all that was seen of it. */
export interface Story {
  readonly accepted: Accepted;
  readonly job: JobView;
  /** At the URL that came with the job. */
  readonly told: readonly Telling[];
  /** At the tenant's endpoint. */
  readonly toldEndpoint: readonly Telling[];
  /** How often the worker that had it was lost. */
  readonly losses: number;
}
