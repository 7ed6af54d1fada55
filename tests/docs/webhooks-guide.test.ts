import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { signWebhook } from "@herald/shared/signing";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import ts from "typescript";
import { freePort, waitFor } from "../support/wait.ts";

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
  caseOf("four minutes old", signed({ ageSeconds: 240 })),
  caseOf("signed with the old and the new secret", signed({ keys: [OTHER_KEY, KEY] })),
];

const FORGED: readonly Case[] = [
  caseOf("another body", signed(), Buffer.concat([BODY, Buffer.from(" ")])),
  caseOf("another secret", signed({ keys: [OTHER_KEY] })),
  caseOf("six minutes old", signed({ ageSeconds: 360 })),
  caseOf("from the future", signed({ ageSeconds: -360 })),
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

/** Puts the guide's own example under its name into the directory: what readers copy is what runs here. */
async function writeExample(name: string): Promise<string> {
  const guide = await readFile(resolve("docs/WEBHOOKS_GUIDE.md"), "utf8");
  const code = new RegExp(`\`\`\`\\w+ ${name}\n([^]*?)\`\`\``).exec(guide)?.[1];
  if (code === undefined) throw new Error(`the guide has no example ${name}`);
  await writeFile(join(directory, name), code);
  return code;
}

async function writeTypeScriptExample(name: string): Promise<void> {
  const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 };
  const { outputText } = ts.transpileModule(await writeExample(name), { compilerOptions: options });
  await writeFile(join(directory, name.replace(/\.ts$/, ".mjs")), outputText);
}

interface Ended {
  readonly succeeded: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return new Promise((settle) => {
    const options = { cwd: directory, env: { PATH: process.env["PATH"], ...env } };
    execFile(command, args, options, (error, stdout, stderr) => {
      settle({ succeeded: error === null, stdout, stderr });
    });
  });
}

interface Program {
  readonly command: string;
  readonly file: string;
  readonly code: string;
}

/** What a program prints: a JSON list with its verdict on each of the cases in cases.json. */
async function verdictsOf(
  { command, file, code }: Program,
  cases: readonly Case[],
): Promise<readonly boolean[]> {
  await writeFile(join(directory, "cases.json"), JSON.stringify(cases));
  await writeFile(join(directory, file), code);
  const { stdout, stderr } = await run(command, [file]);
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout) as boolean[];
}

const NODE_CODE = `
import { readFileSync } from "node:fs";
import { verify } from "./verify.mjs";
const cases = JSON.parse(readFileSync("cases.json", "utf8"));
console.log(JSON.stringify(cases.map(({ headers, body }) => verify("${SECRET}", headers, Buffer.from(body)))));
`;

const PYTHON_CODE = `
import json
from verify import verify
cases = json.load(open("cases.json", encoding="utf-8"))
print(json.dumps([verify("${SECRET}", case["headers"], case["body"].encode()) for case in cases]))
`;

async function shellVerdictsOf(script: string, cases: readonly Case[]): Promise<readonly boolean[]> {
  return Promise.all(
    cases.map(async ({ headers, body }, at) => {
      const file = `${script}.${at}`;
      await writeFile(join(directory, file), body);
      const { succeeded, stderr } = await run("sh", [script, file], {
        WEBHOOK_SECRET: SECRET,
        WEBHOOK_ID: headers["webhook-id"] ?? "",
        WEBHOOK_TIMESTAMP: headers["webhook-timestamp"] ?? "",
        WEBHOOK_SIGNATURE: headers["webhook-signature"] ?? "",
        X_WEBHOOK_SIGNATURE: headers["x-webhook-signature"] ?? "",
      });
      // A script that breaks must not pass for one that refuses.
      if (stderr !== "") throw new Error(stderr);
      return succeeded;
    }),
  );
}

interface Verifier {
  readonly name: string;
  readonly forged: readonly Case[];
  readonly verdicts: (cases: readonly Case[]) => Promise<readonly boolean[]>;
}

const verifiers: readonly Verifier[] = [
  {
    name: "verify.ts",
    forged: [...FORGED, OTHER_ID],
    async verdicts(cases) {
      await writeTypeScriptExample("verify.ts");
      return verdictsOf({ command: process.execPath, file: "check.mjs", code: NODE_CODE }, cases);
    },
  },
  {
    name: "verify.py",
    forged: [...FORGED, OTHER_ID],
    async verdicts(cases) {
      await writeExample("verify.py");
      return verdictsOf({ command: "python3", file: "check.py", code: PYTHON_CODE }, cases);
    },
  },
  {
    name: "verify.sh",
    forged: [...FORGED, OTHER_ID],
    async verdicts(cases) {
      await writeExample("verify.sh");
      return shellVerdictsOf("verify.sh", cases);
    },
  },
  {
    name: "verify-simple.sh",
    forged: FORGED,
    async verdicts(cases) {
      await writeExample("verify-simple.sh");
      return shellVerdictsOf("verify-simple.sh", cases);
    },
  },
];

function namesOf(cases: readonly Case[], verdicts: readonly boolean[]): readonly string[] {
  return cases.filter((_case, at) => verdicts[at] === true).map(({ name }) => name);
}

/** The guide's receiver as a process of its own, and what it printed. */
async function startReceiver() {
  await writeTypeScriptExample("receiver.ts");
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

  it.each(verifiers)(
    "shows in $name how to tell a genuine webhook from a forged one",
    async ({ verdicts, forged }) => {
      const cases = [...GENUINE, ...forged];

      expect(namesOf(cases, await verdicts(cases))).toEqual(
        namesOf(
          GENUINE,
          GENUINE.map(() => true),
        ),
      );
    },
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
    await Promise.all(names.map(writeExample));
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
