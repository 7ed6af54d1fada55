import js from "@eslint/js";
import jest from "eslint-plugin-jest";
import tseslint from "typescript-eslint";

export default tseslint.config(
  {
    ignores: [
      "**/dist/",
      "data/",
      "coverage/",
      "**/*.cjs",
      "**/fixtures/*.mjs",
      "deploy/image/*.mjs",
      "eslint.config.js",
    ],
  },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        project: ["./tsconfig.tests.json", "./packages/*/tsconfig.json", "./apps/*/tsconfig.json"],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      "max-params": ["error", 3],
      "no-console": "error",
      "no-restricted-properties": [
        "error",
        { object: "process", property: "env", message: "Read the environment in main.ts and pass it on." },
        { object: "process", property: "exit", message: "Only main.ts ends the process." },
      ],
    },
  },
  {
    files: ["**/main.ts", "**/*-child.ts", "**/*.integration.test.ts", "tests/**", "bench/**", "tools/**"],
    rules: { "no-restricted-properties": "off" },
  },
  {
    // These talk to a person at a terminal; everything else logs.
    files: [
      "apps/standalone/src/main.ts",
      "bench/**",
      "tools/structure/print-structure.ts",
      "tests/containers/main.ts",
      "tests/faults/main.ts",
      "tests/upgrade/main.ts",
    ],
    rules: { "no-console": "off" },
  },
  {
    files: ["**/*.test.ts", "**/*.contract.ts"],
    ...jest.configs["flat/recommended"],
  },
);
