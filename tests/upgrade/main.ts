// `npm run test:upgrade -- REVISION`: the version before beside this one, and this one on the data of the version before.
import { messageOf } from "@herald/shared/errors";
import { checkOut } from "./former-version.ts";
import { goOnWithOldData } from "./old-data.ts";
import { upgradeSideBySide } from "./side-by-side.ts";

const [revision] = process.argv.slice(2);
if (revision === undefined)
  throw new Error("say which revision was before: npm run test:upgrade -- REVISION");

const STORIES = { "old data": goOnWithOldData, "side by side": upgradeSideBySide };

console.log(`building ${revision}`);
const former = await checkOut(revision);
let [passed, failed] = [0, 0];
try {
  for (const [name, story] of Object.entries(STORIES)) {
    try {
      console.log(`passed ${name}: ${await story(former.root)}`);
      passed++;
    } catch (error) {
      console.log(`failed ${name}: ${messageOf(error)}`);
      failed++;
    }
  }
} finally {
  await former.remove();
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
