import { markdownTable } from "./markdown-table.ts";
import { settings, type Setting } from "@herald/platform/settings/settings";

const INTRODUCTION = `# Configuration

<!-- Written by \`npm run docs\` from packages/platform/src/settings/topics. Change it there. -->

Herald reads environment variables, once, when a process starts. A value that is not as expected stops the start with
exit code 78 and a message that names every fault. An empty value counts as not set.

A setting whose default is marked _file_ is a secret and can be given as a file: \`WEBHOOK_SECRET_FILE=/run/secrets/webhook\`
in place of \`WEBHOOK_SECRET\`. One that is still \`change-me\`, as in .env.example, is refused.

\`npm start\` sets what is _required_ by itself, and puts the workers' ports beside the API's; what you set goes before that.
Processes that are started one by one need all that is _required_.
`;

/** docs/configuration.md. */
export function renderConfiguration(): string {
  const rows = Object.entries<Setting<unknown>>(settings).map(([name, setting]) => [
    `\`${name}\``,
    renderDefault(setting),
    `${setting.description} Expects ${setting.schema.description ?? "text"}.`,
    setting.readBy.join(", "),
  ]);
  return `${INTRODUCTION}\n${markdownTable(["Name", "Default", "What it does", "Read by"], rows)}`;
}

function renderDefault({ byDefault, defaultText, secret }: Setting<unknown>): string {
  return `${shown(byDefault, defaultText)}${secret ? ", _file_" : ""}`;
}

function shown(byDefault: Setting<unknown>["byDefault"], defaultText: string | undefined): string {
  if (byDefault === null) return "_required_";
  if (defaultText !== undefined) return defaultText;
  return typeof byDefault === "string" && byDefault !== "" ? `\`${byDefault}\`` : "_none_";
}
