import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import ts from "typescript";

export interface Module {
  /** Relative to the root. */
  readonly file: string;
  readonly source: ts.SourceFile;
  readonly lines: number;
  readonly imports: readonly Import[];
}

export interface Import {
  /** The file that defines what is imported: one that only hands names on is passed through, as a reader passes it. */
  readonly file: string;
  readonly typeOnly: boolean;
}

export type Modules = ReadonlyMap<string, Module>;

const SOURCE = /^(apps|packages)\/[\w-]+\/src\/.*\.ts$/;
const TEST = /\.(test|contract|d)\.ts$|\/(testing|fixtures)\//;

/** What Herald consists of, below `root`: its sources without their tests. */
export function readModules(root: string): Modules {
  const parts = ["apps", "packages"].flatMap((top) =>
    readdirSync(join(root, top)).map((name) => `${top}/${name}`),
  );
  const files = parts
    .flatMap((part) =>
      readdirSync(join(root, part), { recursive: true, encoding: "utf8" }).map((name) => `${part}/${name}`),
    )
    .filter((file) => SOURCE.test(file) && !TEST.test(file));
  const sources = new Map(files.map((file) => [file, parse(root, file)]));
  const resolver = createResolver(sources, entriesOf(root));
  return new Map(
    [...sources].map(([file, source]) => {
      const imports = source.statements
        .filter(ts.isImportDeclaration)
        .flatMap((it) => resolver.follow(file, it));
      return [file, { file, source, lines: source.text.split("\n").length - 1, imports }];
    }),
  );
}

function parse(root: string, file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(join(root, file), "utf8"), ts.ScriptTarget.Latest, true);
}

/** By what a specifier of the workspace may be: the pattern of its file, `*` standing for the rest. */
function entriesOf(root: string): ReadonlyMap<string, string> {
  const entries = new Map<string, string>();
  for (const name of readdirSync(join(root, "packages"))) {
    const text = readFileSync(join(root, "packages", name, "package.json"), "utf8");
    const { exports = {} } = JSON.parse(text) as { exports?: Record<string, Record<string, string>> };
    for (const [key, entry] of Object.entries(exports)) {
      const file = `packages/${name}/${entry["herald-source"] ?? ""}`;
      entries.set(`@herald/${name}${key.slice(1)}`, normalize(file));
    }
  }
  return entries;
}

function createResolver(sources: ReadonlyMap<string, ts.SourceFile>, entries: ReadonlyMap<string, string>) {
  function fileOf(from: string, specifier: string): string | undefined {
    if (specifier.startsWith(".")) return normalize(join(dirname(from), specifier));
    const exact = entries.get(specifier);
    if (exact !== undefined) return exact;
    const [scope, name, ...rest] = specifier.split("/");
    return entries.get(`${scope ?? ""}/${name ?? ""}/*`)?.replace("*", rest.join("/"));
  }

  /** Where a name that `file` exports is defined. */
  function definitionOf(file: string, name: string): string {
    for (const statement of sources.get(file)?.statements ?? []) {
      if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier === undefined) continue;
      const next = fileOf(file, textOf(statement.moduleSpecifier));
      if (next === undefined || !sources.has(next)) continue;
      const handsOn =
        statement.exportClause === undefined
          ? definesOrHandsOn(next, name)
          : ts.isNamedExports(statement.exportClause) &&
            statement.exportClause.elements.some((element) => element.name.text === name);
      if (handsOn) return definitionOf(next, name);
    }
    return file;
  }

  function definesOrHandsOn(file: string, name: string): boolean {
    const defined = new RegExp(`^export (async )?(function|const|class|interface|type) ${name}\\b`, "m");
    return defined.test(sources.get(file)?.text ?? "") || definitionOf(file, name) !== file;
  }

  return {
    follow(from: string, { importClause, moduleSpecifier }: ts.ImportDeclaration): Import[] {
      const file = fileOf(from, textOf(moduleSpecifier));
      if (file === undefined || !sources.has(file)) return [];
      const bindings = importClause?.namedBindings;
      if (bindings === undefined || !ts.isNamedImports(bindings)) return [{ file, typeOnly: false }];
      return bindings.elements.map((element) => ({
        file: definitionOf(file, (element.propertyName ?? element.name).text),
        typeOnly: importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword || element.isTypeOnly,
      }));
    },
  };
}

function textOf(node: ts.Expression): string {
  return ts.isStringLiteral(node) ? node.text : "";
}
