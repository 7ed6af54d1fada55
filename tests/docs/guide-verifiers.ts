import { execFile, spawnSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import ts from "typescript";

/** One request, of the list in packages/client/vectors. */
export interface Vector {
  readonly name: string;
  readonly form: "standard" | "simple" | "ed25519";
  readonly secret: string;
  /** The receiver's clock, in seconds since 1970. */
  readonly now: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly expect: string;
}

/** An example of the guide that tells a genuine webhook from a forged one. */
export interface Verifier {
  readonly example: string;
  readonly form: Vector["form"];
  /** What it is run with, and how to see whether that is there. */
  readonly command: string;
  readonly versionFlag: string;
  readonly verdicts: (directory: string, vectors: readonly Vector[]) => Promise<readonly boolean[]>;
}

/** Puts the guide's own example under its name into the directory: what readers copy is what runs here. */
export async function writeExample(directory: string, name: string): Promise<string> {
  const guide = await readFile(resolve("docs/WEBHOOKS_GUIDE.md"), "utf8");
  const code = new RegExp(`\`\`\`\\w+ ${name.replace(".", "\\.")}\n([^]*?)\`\`\``).exec(guide)?.[1];
  if (code === undefined) throw new Error(`the guide has no example ${name}`);
  await writeFile(join(directory, name), code);
  return code;
}

export async function writeTypeScriptExample(directory: string, name: string): Promise<void> {
  const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 };
  const { outputText } = ts.transpileModule(await writeExample(directory, name), {
    compilerOptions: options,
  });
  await writeFile(join(directory, name.replace(/\.ts$/, ".mjs")), outputText);
}

export function isThere({ command, versionFlag }: Verifier): boolean {
  return spawnSync(command, [versionFlag]).status === 0;
}

interface Ended {
  readonly succeeded: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

interface Call {
  readonly directory: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

function run({ directory, command, args, env = {} }: Call): Promise<Ended> {
  const { PATH, HOME } = process.env;
  return new Promise((settle) => {
    execFile(command, args, { cwd: directory, env: { PATH, HOME, ...env } }, (error, stdout, stderr) => {
      settle({ succeeded: error === null, stdout, stderr });
    });
  });
}

interface Program {
  readonly args: readonly string[];
  /** A file that calls the example's `verify` on each of cases.json, and prints the list of its verdicts. */
  readonly file: string;
  readonly code: string;
  readonly env?: Readonly<Record<string, string>>;
}

function interpreted(
  example: string,
  command: string,
  { args, file, code, env = {} }: Program,
): Pick<Verifier, "example" | "form" | "command" | "verdicts"> {
  return {
    example,
    form: "standard",
    command,
    async verdicts(directory, vectors) {
      if (example.endsWith(".ts")) await writeTypeScriptExample(directory, example);
      else await writeExample(directory, example);
      await writeFile(join(directory, "cases.json"), JSON.stringify(vectors));
      await writeFile(join(directory, file), code);
      const { stdout, stderr } = await run({ directory, command, args, env });
      if (stdout === "") throw new Error(stderr);
      return JSON.parse(stdout) as boolean[];
    },
  };
}

const NODE_CODE = `
import { readFileSync } from "node:fs";
import { verify } from "./verify.mjs";
const cases = JSON.parse(readFileSync("cases.json", "utf8"));
const verdicts = cases.map(({ secret, headers, body, now }) => verify(secret, { headers, body: Buffer.from(body) }, now));
console.log(JSON.stringify(verdicts));
`;

const PYTHON_CODE = `
import json
from verify import verify
cases = json.load(open("cases.json", encoding="utf-8"))
print(json.dumps([verify(case["secret"], case["headers"], case["body"].encode(), case["now"]) for case in cases]))
`;

const GO_CODE = `package main

import (
	"encoding/json"
	"net/http"
	"os"
	"time"
)

func main() {
	var cases []struct {
		Secret  string
		Headers map[string]string
		Body    string
		Now     int64
	}
	file, _ := os.ReadFile("cases.json")
	if err := json.Unmarshal(file, &cases); err != nil {
		panic(err)
	}
	verdicts := []bool{}
	for _, one := range cases {
		header := http.Header{}
		for name, value := range one.Headers {
			header.Set(name, value)
		}
		verdicts = append(verdicts, verify(one.Secret, header, []byte(one.Body), time.Unix(one.Now, 0)))
	}
	_ = json.NewEncoder(os.Stdout).Encode(verdicts)
}
`;

const RUBY_CODE = `
require "json"
require_relative "verify"
cases = JSON.parse(File.read("cases.json", encoding: "UTF-8"))
puts JSON.generate(cases.map { |one| verify(one["secret"], one["headers"], one["body"], one["now"]) })
`;

const PHP_CODE = `<?php
require 'verify.php';
$cases = json_decode(file_get_contents('cases.json'), true);
echo json_encode(array_map(fn($one) => verify($one['secret'], $one['headers'], $one['body'], $one['now']), $cases));
`;

function shellScript(example: string, form: Vector["form"]): Verifier {
  return {
    example,
    form,
    command: "openssl",
    versionFlag: "version",
    async verdicts(directory, vectors) {
      await writeExample(directory, example);
      const verdicts: boolean[] = [];
      for (const [at, vector] of vectors.entries()) {
        verdicts.push(await shellVerdict(directory, { script: example, body: `${example}.${at}` }, vector));
      }
      return verdicts;
    },
  };
}

async function shellVerdict(
  directory: string,
  files: { readonly script: string; readonly body: string },
  { secret, headers, body, now }: Vector,
): Promise<boolean> {
  await writeFile(join(directory, files.body), body);
  const args = [files.script, files.body, String(now)];
  const env = {
    WEBHOOK_SECRET: secret,
    WEBHOOK_ID: headers["webhook-id"] ?? "",
    WEBHOOK_TIMESTAMP: headers["webhook-timestamp"] ?? "",
    WEBHOOK_SIGNATURE: headers["webhook-signature"] ?? "",
    X_WEBHOOK_SIGNATURE: headers["x-webhook-signature"] ?? "",
  };
  const { succeeded, stderr } = await run({ directory, command: "sh", args, env });
  // A script that breaks must not pass for one that refuses.
  if (stderr !== "") throw new Error(stderr);
  return succeeded;
}

export const verifiers: readonly Verifier[] = [
  {
    versionFlag: "--version",
    ...interpreted("verify.ts", process.execPath, {
      args: ["check.mjs"],
      file: "check.mjs",
      code: NODE_CODE,
    }),
  },
  {
    versionFlag: "--version",
    ...interpreted("verify.py", "python3", { args: ["check.py"], file: "check.py", code: PYTHON_CODE }),
  },
  {
    versionFlag: "version",
    ...interpreted("verify.go", "go", {
      args: ["run", "verify.go", "check.go"],
      file: "check.go",
      code: GO_CODE,
      env: { GOTOOLCHAIN: "local" },
    }),
  },
  {
    versionFlag: "--version",
    ...interpreted("verify.rb", "ruby", {
      args: ["check.rb"],
      file: "check.rb",
      code: RUBY_CODE,
      env: { LANG: "C.UTF-8" },
    }),
  },
  {
    versionFlag: "--version",
    ...interpreted("verify.php", "php", { args: ["check.php"], file: "check.php", code: PHP_CODE }),
  },
  shellScript("verify.sh", "standard"),
  shellScript("verify-simple.sh", "simple"),
];
