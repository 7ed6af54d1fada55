// Adds up what the steps of .ci/run left in a folder: `<step>.status`, its exit code, and for a jest run `<step>.json`.
// Prints "N passed, N failed". Fails when anything did, or when nothing passed.
const { existsSync, readdirSync, readFileSync } = require("node:fs");
const { join } = require("node:path");

const [folder, scriptStatus] = process.argv.slice(2);

function countsOf(step) {
  const ok = readFileSync(join(folder, `${step}.status`), "utf8").trim() === "0";
  const report = join(folder, `${step}.json`);
  if (!existsSync(report)) return { step, passed: ok ? 1 : 0, failed: ok ? 0 : 1 };
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(
    readFileSync(report, "utf8"),
  );
  const failed = numFailedTests + numRuntimeErrorTestSuites;
  // Jest may fail with no failing test, for example when its global teardown does.
  return { step, passed: numPassedTests, failed: ok ? failed : Math.max(failed, 1) };
}

const steps = readdirSync(folder)
  .filter((file) => file.endsWith(".status"))
  .map((file) => countsOf(file.slice(0, -".status".length)));

console.log();
for (const { step, passed, failed } of steps) console.log(`${step}: ${passed} passed, ${failed} failed`);
const passed = steps.reduce((sum, step) => sum + step.passed, 0);
const failed = steps.reduce((sum, step) => sum + step.failed, scriptStatus === "0" ? 0 : 1);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
