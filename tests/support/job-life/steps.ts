import fc from "fast-check";
import {
  claimRule,
  decideRule,
  progressRule,
  resendRule,
  settleRule,
  stallRule,
  takeRule,
} from "./attempt-rules.ts";
import { checkInvariants } from "./invariants.ts";
import { cancelRule, createNamedRule, createRule, lookToCancelRule } from "./job-rules.ts";
import { step, type Rule, type Step } from "./rule.ts";
import type { Place, World } from "./world.ts";

const RULES = [
  createRule(true),
  createRule(false),
  createNamedRule,
  takeRule,
  takeRule,
  claimRule,
  claimRule,
  decideRule("complete"),
  decideRule("fail"),
  decideRule("retry"),
  decideRule("hand_back"),
  resendRule,
  settleRule,
  settleRule,
  stallRule,
  progressRule,
  lookToCancelRule,
  cancelRule(false),
  cancelRule(true),
] as readonly Rule<unknown>[];

export const anyStep: readonly fc.Arbitrary<Step>[] = RULES.map((rule) =>
  fc.nat(9).map((pick) => step(rule, pick)),
);

/** From wherever a random run left things: dead workers' entries go back, and a worker that lives does what is left. */
export async function runToTheEnd(world: World, place: Place): Promise<void> {
  await repeat(stallRule, world, place);
  await place.promoteDelayed();
  const before = world.attempts.length;
  for (let taken = -1; taken !== world.attempts.length;) {
    taken = world.attempts.length;
    await takeRule.run(null, world, place);
  }
  const fresh = new Set(world.attempts.slice(before));
  for (const rule of [claimRule, decideRule("complete"), settleRule]) {
    const among = (of: World) => rule.among(of).filter((attempt) => fresh.has(attempt));
    await repeat({ ...rule, among }, world, place);
  }
  await checkInvariants(world, place.store);
}

async function repeat<T>({ among, run }: Rule<T>, world: World, place: Place): Promise<void> {
  for (let [thing] = among(world); thing !== undefined; [thing] = among(world)) {
    await run(thing, world, place);
  }
}
