import { readdir, utimes } from "node:fs/promises";
import { join } from "node:path";
import { queueNames } from "@herald/queue/queues/entries";
import type { Cluster } from "./cluster.ts";

/** Not an endpoint's: that outlives the jobs. */
const JOB_ID = /(?<!we_)[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/;
const INCOMING = ".incoming";

/** Files, keys and queue entries that nothing points to, once every job has ended. */
export async function findOrphans(cluster: Cluster): Promise<readonly string[]> {
  const found = await Promise.all([
    orphanFiles(cluster),
    drafts(cluster),
    orphanKeys(cluster),
    openEntries(cluster),
  ]);
  return found.flat();
}

async function orphanFiles({ audioDirectory, auditor, keys }: Cluster): Promise<readonly string[]> {
  const names = (await readdir(audioDirectory, { recursive: true })).filter((name) => name.endsWith(".wav"));
  const records = await auditor.keys(keys.job("*", "*"));
  const published = await auditor.pipeline(records.map((record) => ["hget", record, "audio"])).exec();
  const expected = new Set(
    (published ?? []).flatMap(([, audio]) => {
      return typeof audio === "string" ? [(JSON.parse(audio) as { key: string }).key] : [];
    }),
  );
  return names.filter((name) => !expected.has(name)).map((name) => `orphan file ${name}`);
}

/** They may stand for an hour, because an upload may take that long: here they are made older. */
async function drafts({ audioDirectory }: Cluster): Promise<readonly string[]> {
  const folder = join(audioDirectory, INCOMING);
  const names = await readdir(folder);
  const long = new Date(Date.now() - 2 * 3_600_000);
  await Promise.all(names.map((name) => utimes(join(folder, name), long, long).catch(() => undefined)));
  return names.map((name) => `orphan draft ${name}`);
}

async function orphanKeys({ auditor, keys }: Cluster): Promise<readonly string[]> {
  const all = await auditor.keys("*");
  const records = new Set(all.filter((key) => key.startsWith(`${keys.queuePrefix}:job:`)).map(jobIdIn));
  const ended = await Promise.all(
    Object.values(queueNames).flatMap((queue) =>
      ["completed", "failed"].map((state) =>
        auditor.zrange(`${keys.queuePrefix}:${queue}:${state}`, "0", "-1"),
      ),
    ),
  );
  const endedEntries = new Set(ended.flat());
  return all.filter((key) => isOrphan(key)).map((key) => `orphan key ${key}`);

  function isOrphan(key: string): boolean {
    if (key.startsWith(`${keys.queuePrefix}:text:`) || key.endsWith(":lock")) return true;
    const jobId = jobIdIn(key);
    if (jobId === null) return false;
    const entry = key.split(":").at(-1) ?? "";
    const isEntry = [queueNames.synthesis, queueNames.webhookDelivery].some((queue) =>
      key.startsWith(`${keys.queuePrefix}:${queue}:`),
    );
    return !records.has(jobId) || (isEntry && !endedEntries.has(entry));
  }
}

function jobIdIn(key: string): string | null {
  return JOB_ID.exec(key)?.[0] ?? null;
}

async function openEntries({ auditor, keys }: Cluster): Promise<readonly string[]> {
  const found: string[] = [];
  for (const queue of [queueNames.synthesis, queueNames.webhookDelivery]) {
    for (const part of ["wait", "active"] as const) {
      const ids = await auditor.lrange(keys.queuePart(queue, part), 0, -1);
      found.push(...ids.map((id) => `entry ${id} is ${part} in ${queue}`));
    }
    for (const part of ["prioritized", "delayed"] as const) {
      const ids = await auditor.zrange(keys.queuePart(queue, part), "0", "-1");
      found.push(...ids.map((id) => `entry ${id} is ${part} in ${queue}`));
    }
  }
  return found;
}
