import { dirname } from "node:path";
import type { Module, Modules } from "./read-modules.ts";

export interface Folder {
  readonly name: string;
  readonly files: number;
}

export interface Package extends Folder {
  readonly lines: number;
}

/** The largest first. */
export function packagesOf(modules: Modules): readonly Package[] {
  const groups = groupBy(modules, packageOf);
  return [...groups]
    .map(([name, files]) => ({
      name,
      files: files.length,
      lines: files.reduce((sum, { lines }) => sum + lines, 0),
    }))
    .sort((a, b) => b.lines - a.lines);
}

/** The fullest first. */
export function foldersOf(modules: Modules): readonly Folder[] {
  const groups = groupBy(modules, (file) => dirname(file));
  return [...groups]
    .map(([name, files]) => ({ name, files: files.length }))
    .sort((a, b) => b.files - a.files);
}

/** Folders of one package that reach each other, by imports of types too. */
export function circlesOf(modules: Modules): readonly (readonly string[])[] {
  const next = new Map<string, Set<string>>();
  for (const { file, imports } of modules.values()) {
    const from = dirname(file);
    const reached = next.get(from) ?? next.set(from, new Set()).get(from);
    for (const to of imports) {
      if (packageOf(to.file) === packageOf(file) && dirname(to.file) !== from) reached?.add(dirname(to.file));
    }
  }
  const reach = new Map([...next.keys()].map((folder) => [folder, reachedFrom(folder, next)]));
  const circles = new Map<string, string[]>();
  for (const [folder, reached] of reach) {
    const others = [...reached].filter((other) => other !== folder && reach.get(other)?.has(folder) === true);
    if (others.length > 0) circles.set([folder, ...others].sort().join(), [folder, ...others].sort());
  }
  return [...circles.values()];
}

function reachedFrom(start: string, next: ReadonlyMap<string, ReadonlySet<string>>): ReadonlySet<string> {
  const reached = new Set<string>();
  const open = [start];
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    for (const other of next.get(folder) ?? []) {
      if (!reached.has(other)) open.push(other);
      reached.add(other);
    }
  }
  return reached;
}

function packageOf(file: string): string {
  return file.split("/", 2).join("/");
}

function groupBy(modules: Modules, nameOf: (file: string) => string): ReadonlyMap<string, readonly Module[]> {
  const groups = new Map<string, Module[]>();
  for (const module of modules.values()) {
    const name = nameOf(module.file);
    groups.set(name, [...(groups.get(name) ?? []), module]);
  }
  return groups;
}
