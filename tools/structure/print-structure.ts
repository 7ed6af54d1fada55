import { resolve } from "node:path";
import { composedScripts } from "./composed-scripts.ts";
import { circlesOf, foldersOf, packagesOf } from "./folders.ts";
import { readModules } from "./read-modules.ts";
import { filesOnTheWay, WAYS } from "./ways.ts";

// `npm run structure` prints the floor plan of this checkout, `npm run structure -- DIR` that of another: sources only,
// without tests.
const root = resolve(process.argv[2] ?? ".");
const modules = readModules(root);
const packages = packagesOf(modules);
const allLines = packages.reduce((sum, { lines }) => sum + lines, 0);

console.log(`${modules.size} files, ${allLines} lines\n`);
console.log("package                        files   lines  share");
for (const { name, files, lines } of packages) {
  const share = `${((100 * lines) / allLines).toFixed(1)} %`;
  console.log(`${name.padEnd(30)} ${pad(files, 5)} ${pad(lines, 7)} ${share.padStart(6)}`);
}

console.log("\nfolders with the most files");
for (const { name, files } of foldersOf(modules).slice(0, 10)) console.log(`${pad(files, 5)}  ${name}`);

const circles = circlesOf(modules);
console.log(`\nfolder circles: ${circles.length}`);
for (const circle of circles) console.log(`  ${circle.join(" ")}`);

for (const way of WAYS) {
  const files = filesOnTheWay(modules, way);
  console.log(`\n${way.name} reads through ${files.length} files`);
  for (const file of files) console.log(`  ${file}`);
}

console.log("\nlongest Lua scripts, in lines as sent");
for (const { file, lines } of composedScripts(modules).slice(0, 8)) console.log(`${pad(lines, 5)}  ${file}`);

function pad(value: number, width: number): string {
  return String(value).padStart(width);
}
