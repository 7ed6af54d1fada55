import type { JobView } from "../support/client.ts";
import type { Accepted } from "./load.ts";

/** An accepted job and all that was seen of it. */
export interface Story {
  readonly accepted: Accepted;
  readonly job: JobView;
  readonly told: readonly { readonly id: string; readonly at: number; readonly body: string }[];
}
