import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import type { JobView } from "../support/client.ts";
import { startHerald, type Herald } from "../support/herald.ts";
import { waitFor } from "../support/wait.ts";

const QUOTA = 2 ** 20;
/** Some 300 KB of sound. */
const SPEECH = {
  text: "All that is said here is kept for a while, and takes its room. ".repeat(2),
  format: "wav",
};

let herald: Herald;

beforeAll(async () => {
  const env = { STORAGE_MAX_BYTES: "1MiB", STORAGE_EARLY_EXPIRY: "true", EXPIRY_INTERVAL: "1s" };
  herald = await startHerald({ env });
}, 60_000);
afterAll(() => herald.stop(), 60_000);

const submit = () => herald.client.request("/v1/tts/async", { method: "POST", body: JSON.stringify(SPEECH) });

async function speakUntilRefused(): Promise<{ jobs: JobView[]; refusal: Response }> {
  const jobs: JobView[] = [];
  for (;;) {
    const response = await submit();
    if (response.status !== 202) return { jobs, refusal: response };
    const { job_id } = (await response.json()) as JobView;
    jobs.push(await herald.client.ended(job_id));
  }
}

async function storedBytes(): Promise<number> {
  const files = await readdir(herald.audioDirectory, { recursive: true, withFileTypes: true });
  const sizes = files
    .filter((file) => file.isFile() && file.name.endsWith(".wav"))
    .map(async (file) => (await stat(join(file.parentPath, file.name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

async function told(name: string): Promise<number> {
  const [target = ""] = herald.metricsTargets.get("housekeeper") ?? [];
  const page = await (await fetch(`http://${target}/metrics`)).text();
  return Number(new RegExp(`^${name}(?:{[^}]*})? (\\S+)$`, "m").exec(page)?.[1]);
}

it("turns submissions away when storage is full, and makes room by expiring the oldest audio", async () => {
  // While the housekeeper stands still, nobody makes room.
  process.kill(herald.housekeeper.pid, "SIGSTOP");
  const { jobs, refusal } = await speakUntilRefused();
  const full = await storedBytes();
  process.kill(herald.housekeeper.pid, "SIGCONT");

  expect(refusal.status).toBe(503);
  expect(refusal.headers.get("retry-after")).toBe("30");
  expect(refusal.headers.get("x-should-retry")).toBe("true");
  expect(await refusal.json()).toMatchObject({
    error: { code: "storage_full", type: "api_error", param: null },
  });
  expect(jobs.map(({ status }) => status)).not.toContain("failed");
  expect(full).toBe(jobs.reduce((sum, { audio }) => sum + (audio?.bytes ?? 0), 0));
  expect(full).toBeGreaterThanOrEqual(QUOTA);

  await waitFor(async () => (await submit()).status === 202, { timeoutMs: 30_000, what: "room" });
  const audioOf = (job: JobView | undefined) => herald.client.request(`/v1/jobs/${job?.job_id ?? ""}/audio`);
  const [oldest, newest] = [await audioOf(jobs[0]), await audioOf(jobs.at(-1))];

  expect([oldest.status, newest.status]).toEqual([410, 200]);
  expect(await oldest.json()).toMatchObject({ error: { code: "audio_expired" } });
  await newest.body?.cancel();
  expect(await herald.client.job(jobs[0]?.job_id ?? "")).toMatchObject({ audio: { expired: true } });
  expect(await told("herald_audio_expired_early_total")).toBeGreaterThanOrEqual(1);
  expect(await told("herald_audio_max_bytes")).toBe(QUOTA);
}, 120_000);
