/** @type {import("jest").Config} */
const shared = {
  testEnvironment: "node",
  // Tests read the sources of every workspace package, so that a stale build cannot make them pass.
  testEnvironmentOptions: { customExportConditions: ["herald-source", "node", "node-addons"] },
  extensionsToTreatAsEsm: [".ts"],
  transform: { "\\.ts$": ["@swc/jest", { jsc: { target: "es2023" } }] },
  modulePathIgnorePatterns: ["<rootDir>/(apps|packages)/[^/]+/dist/"],
};

/** @type {import("jest").Config} */
export default {
  // Only for what hangs: a busy machine is several times slower. What must be quick, a test says itself.
  testTimeout: 60_000,
  projects: [
    {
      ...shared,
      displayName: "unit",
      testMatch: ["<rootDir>/{apps,packages}/*/src/**/*.test.ts", "<rootDir>/tools/**/*.test.ts"],
      testPathIgnorePatterns: ["\\.integration\\.test\\.ts$"],
    },
    {
      ...shared,
      displayName: "integration",
      testMatch: ["<rootDir>/{apps,packages}/*/src/**/*.integration.test.ts"],
      globalSetup: "<rootDir>/tests/support/start-redis.ts",
      globalTeardown: "<rootDir>/tests/support/stop-redis.ts",
    },
    {
      ...shared,
      displayName: "system",
      testMatch: ["<rootDir>/tests/**/*.test.ts"],
    },
  ],
};
