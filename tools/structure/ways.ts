import type { Modules } from "./read-modules.ts";

/**
 * What somebody reads who follows one thing from its arrival to its end: the files where it arrives and those that the
 * composition root hands in, and from there along what is called, in the rooms of its subject. Left out is what other things
 * share with it (platform, queue, vocabulary, signing), what tells of it (metrics, logs), and what is a story of its own: for a delivery
 * the address guard and the health of endpoints, for a job the deliveries that its end owes.
 */
export interface Way {
  readonly name: string;
  /** Where to begin: of several names the one that there is, since a file may have had another. */
  readonly from: readonly (readonly string[])[];
}

const LEFT_OUT = [
  /^packages\/(platform|queue)\//,
  /^packages\/shared\/src\/(?!(store|redis\/(scripts|lua))\/)/,
  /^packages\/shared\/src\/(redis\/lua\/(add|wake)-entry|redis\/scripts\/(mark-endpoint|count-failure|end-streak))\.ts$/,
  /^packages\/shared\/src\/store\/(endpoint-health|judge-streak|notice-event)\.ts$/,
  /^packages\/webhooks\/src\/(guard|health)\//,
  /\/(metrics\/|observe-)|-metrics?\.ts$/,
];

export const WAYS: readonly Way[] = [
  {
    name: "a delivery",
    from: [
      ["apps/webhook-worker/src/take-turn.ts"],
      ["apps/webhook-worker/src/deliver.ts"],
      ["apps/webhook-worker/src/http/send-webhook.ts"],
      ["packages/webhooks/src/limiter/endpoint-gate.ts", "packages/shared/src/store/endpoint-gate.ts"],
      ["packages/webhooks/src/signing-keys/signing-keys.ts", "packages/shared/src/store/signing-keys.ts"],
    ],
  },
  {
    name: "a submission",
    from: [
      ["apps/api/src/jobs/create-job.ts", "apps/api/src/routes/create-job.ts"],
      ["packages/jobs/src/admission/create-job.ts", "packages/shared/src/store/create-job.ts"],
    ],
  },
  {
    name: "an attempt at a job",
    from: [
      ["apps/synthesis-worker/src/run-attempt.ts"],
      ["apps/synthesis-worker/src/produce-audio.ts"],
      ["packages/jobs/src/record/job-store.ts", "packages/shared/src/store/job-store.ts"],
      ["packages/jobs/src/ending/finish-job.ts", "packages/shared/src/store/finish-job.ts"],
    ],
  },
];

export function filesOnTheWay(modules: Modules, { from }: Way): readonly string[] {
  const open = from.flatMap((names) => names.filter((name) => modules.has(name)));
  const seen = new Set<string>();
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    const name = file;
    if (seen.has(name) || LEFT_OUT.some((room) => room.test(name))) continue;
    seen.add(name);
    const called = modules.get(name)?.imports.filter(({ typeOnly }) => !typeOnly) ?? [];
    open.push(...called.map((it) => it.file));
  }
  return [...seen].sort();
}
