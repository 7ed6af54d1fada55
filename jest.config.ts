/**
 * Node 24 reads this file by itself; for Node 20, Jest has it read by the loader that is named here.
 *
 * @jest-config-loader esbuild-register
 */
import type { Config } from "jest";

const shared: Config = {
  testEnvironment: "node",
  // Tests read the sources of every workspace package, so that a stale build cannot make them pass.
  testEnvironmentOptions: { customExportConditions: ["herald-source", "node", "node-addons"] },
  extensionsToTreatAsEsm: [".ts"],
  transform: { "\\.ts$": ["@swc/jest", { jsc: { target: "es2023" } }] },
  modulePathIgnorePatterns: ["<rootDir>/(apps|packages)/[^/]+/dist/"],
};

const config: Config = {
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

export default config;
