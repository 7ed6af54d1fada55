import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startHerald, type Herald } from "../support/herald.ts";

const run = promisify(execFile);

/** Each of the page's shell blocks that can be run as it stands; `refused` ones show an error. */
async function examplesOf(page: string) {
  const text = await readFile(resolve("docs", page), "utf8");
  return [...text.matchAll(/```sh( refused)?\n([^]*?)```/g)].map(([, refused, script = ""]) => ({
    script,
    refused: refused !== undefined,
  }));
}

/** `$JOB_ID` in one example is the `job_id` of an answer before it. */
function namesIn(output: string): Record<string, string> {
  const named = [...output.matchAll(/"(\w+_id)":"([^"]+)"/g)].map(([, name = "", value = ""]) => [
    name.toUpperCase(),
    value,
  ]);
  const audioUrl = /"audio":\{"url":"([^"]+)"/.exec(output)?.[1];
  return {
    ...(Object.fromEntries(named) as Record<string, string>),
    ...(audioUrl !== undefined && { AUDIO_URL: audioUrl }),
  };
}

describe("the API's reference", () => {
  let herald: Herald;
  let directory = "";

  beforeAll(async () => {
    herald = await startHerald();
    directory = await mkdtemp(join(tmpdir(), "herald-api-examples-"));
  }, 60_000);

  afterAll(async () => {
    await herald.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it("shows commands that do what it says", async () => {
    const examples = await examplesOf("api.md");
    let known: Record<string, string> = {};
    const unexpected: unknown[] = [];

    for (const { script, refused } of examples) {
      const here = script.replaceAll("http://127.0.0.1:3000", herald.url);
      const env = { PATH: process.env["PATH"], HERALD_API_KEY: herald.apiKey, ...known };
      const { stdout } = await run("sh", ["-eu", "-c", here], { cwd: directory, env });
      known = { ...known, ...namesIn(stdout) };
      if (stdout.startsWith('{"error":') !== refused) unexpected.push({ here, stdout });
    }

    expect(examples.length).toBeGreaterThan(10);
    expect(unexpected).toEqual([]);
  }, 60_000);
});
