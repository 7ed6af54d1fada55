/** Which part may import which: docs/architecture.md says the same in prose. */
const app = "^apps/([^/]+)/";
const tests = "\\.(test|contract)\\.ts$|/testing/";

/** Each may import those before it. */
const layers = ["shared", "platform", "queue", "webhooks", "jobs"];
const belowApps = ["speech", "client"];

const oneWay = layers.map((layer, i) => ({
  name: `${layer}-imports-only-what-lies-below`,
  severity: "error",
  from: { path: `^packages/${layer}/`, pathNot: tests },
  to: { path: "^(apps|tools|packages)/", pathNot: `^packages/(${layers.slice(0, i + 1).join("|")})/` },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: "no-circular", severity: "error", from: {}, to: { circular: true } },
    { name: "no-unresolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
    ...oneWay,
    {
      name: "packages-import-no-app",
      severity: "error",
      from: { path: `^packages/(${belowApps.join("|")})/`, pathNot: tests },
      to: { path: "^(apps|tools)/" },
    },
    {
      name: "speech-imports-types-of-shared-alone",
      comment: "The engine child and the pool must not pull Redis or Express into their process.",
      severity: "error",
      from: { path: "^packages/speech/", pathNot: tests },
      to: { path: "^packages/(?!speech/)", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "speech-imports-nothing-but-shared",
      severity: "error",
      from: { path: "^packages/speech/", pathNot: tests },
      to: { path: "^packages/(?!(speech|shared)/)" },
    },
    {
      name: "client-imports-nothing-of-the-server",
      comment: "It runs at receivers, who have nothing else of Herald's.",
      severity: "error",
      from: { path: "^packages/client/", pathNot: tests },
      to: { pathNot: ["^packages/client/", "^(node:)?(crypto|http)$"] },
    },
    {
      name: "apps-do-not-import-each-other",
      severity: "error",
      from: { path: app },
      to: { path: "^apps/", pathNot: "^apps/$1/" },
    },
    {
      name: "nothing-imports-tools",
      severity: "error",
      from: { path: "^(apps|packages|bench)/" },
      to: { path: "^tools/" },
    },
    {
      name: "pure-folders",
      comment: "Job states and signatures are decided without I/O, so that they can be tested as values.",
      severity: "error",
      from: { path: "^packages/shared/src/(jobs|webhooks|signing)/", pathNot: tests },
      to: {
        pathNot: [
          "^packages/shared/src/(jobs|webhooks|signing|errors\\.ts)",
          "^(node:)?(crypto|util)$",
          "node_modules/(zod|uuidv7)/",
        ],
      },
    },
    {
      name: "bullmq-in-queue-only",
      severity: "error",
      from: { pathNot: ["^packages/queue/", "^(tests|bench)/", "\\.test\\.ts$"] },
      to: { path: "node_modules/bullmq/" },
    },
    {
      name: "express-in-api-only",
      severity: "error",
      from: { pathNot: ["^apps/api/", "^(tests|bench)/", "\\.test\\.ts$", "^tools/docs/"] },
      to: { path: "node_modules/express/" },
    },
    {
      name: "bull-board-in-the-board-only",
      comment: "It is handed requests that read, and nothing else: the board's router sees to that.",
      severity: "error",
      from: { pathNot: "^apps/api/src/board/" },
      to: { path: "node_modules/@bull-board/" },
    },
    {
      name: "axios-in-the-guarded-sender-only",
      severity: "error",
      from: { pathNot: ["^apps/webhook-worker/src/http/", "^(tests|bench)/", "\\.test\\.ts$"] },
      to: { path: "node_modules/axios/" },
    },
    {
      name: "no-test-code-in-production",
      severity: "error",
      from: { path: "^(apps|packages)/", pathNot: tests },
      to: { path: ["\\.(test|contract)\\.ts$", "^(tests|bench)/"] },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(apps|packages)/[^/]+/dist/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.base.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["herald-source", "import", "node", "default", "types"],
      extensions: [".ts", ".js", ".cjs", ".json", ".d.ts"],
    },
  },
};
