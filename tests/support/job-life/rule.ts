import type { AsyncCommand } from "fast-check";
import { TENANT } from "../test-store.ts";
import { checkInvariants } from "./invariants.ts";
import type { Place, World } from "./world.ts";

export type Step = AsyncCommand<World, Place>;

/** Something that may happen to one of several things: `pick` says which, among those to which it can. */
export interface Rule<T> {
  readonly name: string;
  readonly among: (world: World) => readonly T[];
  readonly run: (thing: T, world: World, place: Place) => Promise<void>;
}

export function step<T>({ name, among, run }: Rule<T>, pick: number): Step {
  return {
    check: (world) => among(world).length > 0,
    async run(world, place) {
      const things = among(world);
      await run(things[pick % things.length] as T, world, place);
      await checkInvariants(world, place.store);
    },
    toString: () => `${name}(${pick})`,
  };
}

export const always = (): readonly null[] => [null];

export function refOf(jobId: string) {
  return { tenant: TENANT, jobId };
}
