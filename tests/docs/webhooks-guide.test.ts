import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { signWebhook } from "@herald/shared/signing";

const BODY = Buffer.from('{"type":"job.completed","data":{"text":"caf\u00e9"}}');
const KEY = randomBytes(32);
const SECRET = `whsec_${KEY.toString("base64")}`;
const headers = signWebhook({
  keys: [KEY],
  id: "evt_1",
  timestampSeconds: Math.floor(Date.now() / 1000),
  body: BODY,
});

/** The guide's own example in one language: what readers copy is what runs here. */
async function example(language: string): Promise<string> {
  const guide = await readFile(resolve("docs/WEBHOOKS_GUIDE.md"), "utf8");
  const code = new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(guide)?.[1];
  if (code === undefined) throw new Error(`the guide has no example in ${language}`);
  return code;
}

/** Whether a program ended well. */
function succeeds(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<boolean> {
  return new Promise((settle) => {
    const child = execFile(
      command,
      args,
      { cwd: directory, env: { PATH: process.env["PATH"], ...env } },
      (error) => {
        settle(error === null);
      },
    );
    child.stdin?.end();
  });
}

let directory = "";
const TAMPERED = Buffer.concat([BODY, Buffer.from(" ")]);

const verifiers: Readonly<Record<string, (body: Buffer) => Promise<boolean>>> = {
  async ts(body) {
    const library = pathToFileURL(resolve("node_modules/standardwebhooks/dist/index.js")).href;
    const code = (await example("ts")).replace('"standardwebhooks"', JSON.stringify(library));
    await writeFile(join(directory, "body"), body);
    const call = `import { readFileSync } from "node:fs";\nreadEvent(${JSON.stringify(SECRET)}, ${JSON.stringify(headers)}, readFileSync("body"));`;
    await writeFile(
      join(directory, "example.mjs"),
      code.replace("import { Webhook }", "import standard").replace("new Webhook", "new standard.Webhook") +
        call,
    );
    return succeeds(process.execPath, ["example.mjs"], {});
  },
  async python(body) {
    await writeFile(join(directory, "body"), body);
    const call = `sys.exit(0 if verify(${JSON.stringify(SECRET)}, ${JSON.stringify(headers)}, open("body", "rb").read()) else 1)`;
    await writeFile(join(directory, "example.py"), `${await example("python")}\n${call}\n`);
    return succeeds("python3", ["example.py"], {});
  },
  async sh(body) {
    await writeFile(join(directory, "body"), body);
    await writeFile(join(directory, "example.sh"), await example("sh"));
    return succeeds("sh", ["example.sh"], {
      WEBHOOK_SECRET: SECRET,
      WEBHOOK_ID: headers["webhook-id"],
      WEBHOOK_TIMESTAMP: headers["webhook-timestamp"],
      WEBHOOK_SIGNATURE: headers["webhook-signature"],
    });
  },
};

describe("the webhooks guide", () => {
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "herald-guide-"));
  });

  afterAll(() => rm(directory, { recursive: true, force: true }));

  it.each(Object.entries(verifiers))(
    "shows how to verify in %s: a real webhook passes, a changed one does not",
    async (_language, verify) => {
      expect(await verify(BODY)).toBe(true);
      expect(await verify(TAMPERED)).toBe(false);
    },
  );
});
