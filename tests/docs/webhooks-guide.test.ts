import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { signWebhook } from "@herald/shared/signing/webhook-signature";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import ts from "typescript";
import { freePort, waitFor } from "../support/wait.ts";
import { isThere, verifiers, writeExample, writeTypeScriptExample, type Vector } from "./guide-verifiers.ts";

const VECTORS = JSON.parse(
  readFileSync("packages/client/vectors/webhook-signatures.json", "utf8"),
) as readonly Vector[];

const KEY = randomBytes(32);
const OTHER_KEY = randomBytes(32);
const SECRET = `whsec_${KEY.toString("base64")}`;
const BODY = Buffer.from(
  '{"type":"job.completed","data":{"job_id":"j1","audio":{"url":"https://a.example/é"}}}',
);
const NOW = Math.floor(Date.now() / 1000);

interface Case {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface Signing {
  readonly keys?: readonly Buffer[];
  readonly ageSeconds?: number;
}

function signed({ keys = [KEY], ageSeconds = 0 }: Signing = {}): Record<string, string> {
  return { ...signWebhook({ keys, id: "evt_1", timestampSeconds: NOW - ageSeconds, body: BODY }) };
}

function caseOf(name: string, headers: Record<string, string>, body = BODY): Case {
  return { name, headers, body: body.toString() };
}

const GENUINE: readonly Case[] = [
  caseOf("signed by Herald", signed()),
  caseOf("two minutes old", signed({ ageSeconds: 120 })),
  caseOf("signed with the old and the new secret", signed({ keys: [OTHER_KEY, KEY] })),
];

const FORGED: readonly Case[] = [
  caseOf("another body", signed(), Buffer.concat([BODY, Buffer.from(" ")])),
  caseOf("another secret", signed({ keys: [OTHER_KEY] })),
  caseOf("six minutes old", signed({ ageSeconds: 360 })),
  caseOf("from the future", signed({ ageSeconds: -3_600 })),
  caseOf("no signature", { ...signed(), "webhook-signature": "", "x-webhook-signature": "" }),
  caseOf("half a signature", halved(signed())),
  caseOf("a time that is none", {
    ...signed(),
    "webhook-timestamp": "now",
    "x-webhook-signature": signed()["x-webhook-signature"]?.replace(/t=\d+/, "t=now") ?? "",
  }),
];

const OTHER_ID = caseOf("another id", { ...signed(), "webhook-id": "evt_2" });

function halved(headers: Record<string, string>): Record<string, string> {
  const half = (name: string) => headers[name]?.slice(0, -20) ?? "";
  return {
    ...headers,
    "webhook-signature": half("webhook-signature"),
    "x-webhook-signature": half("x-webhook-signature"),
  };
}

let directory = "";

/** Examples that cannot be run here are named on stderr, so that nobody takes them for tested. */
const runnable = verifiers.filter((verifier) => {
  if (isThere(verifier)) return true;
  process.stderr.write(`${verifier.example} is not run: there is no ${verifier.command} on this machine\n`);
  return false;
});

/** Starts the guide's receiver in its own process; `stop` answers what it printed. */
async function startReceiver() {
  await writeTypeScriptExample(directory, "receiver.ts");
  const port = String(await freePort());
  const env = { PATH: process.env["PATH"], WEBHOOK_SECRET: SECRET, PORT: port };
  const child = spawn(process.execPath, ["receiver.mjs"], { cwd: directory, env });
  const output = text(child.stdout);
  const post = async ({ headers, body }: Case) =>
    (await fetch(`http://127.0.0.1:${port}/`, { method: "POST", headers, body })).status;
  const isUp = () =>
    fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
  await waitFor(isUp, { what: "the receiver" });
  return {
    post,
    stop: async (): Promise<string> => {
      child.kill();
      await once(child, "exit");
      return output;
    },
  };
}

describe("the webhooks guide", () => {
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "herald-guide-"));
    await symlink(resolve("node_modules"), join(directory, "node_modules"));
  });

  afterAll(() => rm(directory, { recursive: true, force: true }));

  it.each(runnable)(
    "shows in $example how to tell each genuine webhook from each forged one",
    async ({ form, verdicts }) => {
      const vectors = VECTORS.filter((vector) => vector.form === form);

      const accepted = await verdicts(directory, vectors);

      expect(vectors.filter((_vector, at) => accepted[at]).map(({ name }) => name)).toEqual(
        vectors.filter((vector) => vector.expect === "accepted").map(({ name }) => name),
      );
    },
    120_000,
  );

  it("shows a receiver that refuses forgeries and handles what comes twice once", async () => {
    const { post, stop } = await startReceiver();
    const [genuine, older] = GENUINE as [Case, Case];

    const forgeries = await Promise.all([...FORGED, OTHER_ID].map(post));
    const repeated = [await post(genuine), await post(genuine), await post(older)];
    const output = await stop();

    expect(forgeries).toEqual(forgeries.map(() => 400));
    expect(repeated).toEqual([204, 204, 204]);
    expect(output).toBe("job.completed j1 https://a.example/é\n");
  });

  it("shows TypeScript that the strict compiler takes", async () => {
    const names = ["receiver.ts", "verify.ts"];
    await Promise.all(names.map((name) => writeExample(directory, name)));
    const program = ts.createProgram(
      names.map((name) => join(directory, name)),
      {
        strict: true,
        noEmit: true,
        skipLibCheck: true,
        module: ts.ModuleKind.NodeNext,
        target: ts.ScriptTarget.ES2023,
        types: ["node"],
        typeRoots: [resolve("node_modules/@types")],
      },
    );

    const complaints = ts.getPreEmitDiagnostics(program).map(({ messageText }) => messageText);
    expect(complaints).toEqual([]);
  });
});
