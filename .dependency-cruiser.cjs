/** Which part may import which: docs/architecture.md says the same in prose. */
const app = "^apps/([^/]+)/";

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: "no-circular", severity: "error", from: {}, to: { circular: true } },
    { name: "no-unresolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
    {
      name: "shared-imports-no-workspace",
      severity: "error",
      from: { path: "^packages/shared/" },
      to: { path: "^(apps|packages/(?!shared/))" },
    },
    {
      name: "speech-imports-shared-for-types-only",
      comment: "The engine child and the pool must not pull Redis or Express into their process.",
      severity: "error",
      from: { path: "^packages/speech/" },
      to: { path: "^(apps/|packages/(?!speech/))", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "client-imports-nothing-of-the-server",
      comment: "It runs at receivers, who have nothing else of Herald's.",
      severity: "error",
      from: { path: "^packages/client/", pathNot: "\\.test\\.ts$" },
      to: { pathNot: ["^packages/client/", "^(node:)?(crypto|http)$"] },
    },
    {
      name: "apps-do-not-import-each-other",
      severity: "error",
      from: { path: app },
      to: { path: "^apps/", pathNot: "^apps/$1/" },
    },
    {
      name: "pure-folders",
      comment: "Job states and signatures are decided without I/O, so that they can be tested as values.",
      severity: "error",
      from: { path: "^packages/shared/src/(job|signing)/", pathNot: "\\.test\\.ts$" },
      to: {
        pathNot: [
          "^packages/shared/src/(job|signing|errors\\.ts)",
          "^(node:)?(crypto|util)$",
          "node_modules/(zod|uuidv7)/",
        ],
      },
    },
    {
      name: "bullmq-in-queue-files-only",
      severity: "error",
      from: { pathNot: ["^packages/shared/src/(queues|worker)/", "^(tests|bench)/", "\\.test\\.ts$"] },
      to: { path: "node_modules/bullmq/" },
    },
    {
      name: "express-in-api-only",
      severity: "error",
      from: { pathNot: ["^apps/api/", "^(tests|bench)/", "\\.test\\.ts$"] },
      to: { path: "node_modules/express/" },
    },
    {
      name: "bull-board-in-the-board-only",
      comment: "It is handed requests that read, and nothing else: the board's router sees to that.",
      severity: "error",
      from: { pathNot: "^apps/api/src/board/" },
      to: { path: "node_modules/(@bull-board|ejs)/" },
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
      from: { path: "^(apps|packages)/", pathNot: "\\.(test|contract)\\.ts$" },
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
