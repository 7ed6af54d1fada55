import ts from "typescript";
import type { Module, Modules } from "./read-modules.ts";

export interface ComposedScript {
  readonly file: string;
  /** As sent to Redis: with the pieces that it is put together from. */
  readonly lines: number;
}

/** Every Lua script, found by where `createScript` is called. */
export function composedScripts(modules: Modules): readonly ComposedScript[] {
  const found: ComposedScript[] = [];
  for (const module of modules.values()) {
    visit(module.source, (node) => {
      if (!ts.isCallExpression(node) || node.expression.getText() !== "createScript") return;
      const lua = node.arguments.at(-1);
      if (lua !== undefined) found.push({ file: module.file, lines: newlinesOf(lua, module, modules) });
    });
  }
  return found.sort((a, b) => b.lines - a.lines);
}

/** Of a template with all that it names, wherever that is defined. */
function newlinesOf(node: ts.Node, module: Module, modules: Modules): number {
  if (ts.isNoSubstitutionTemplateLiteral(node) || ts.isStringLiteral(node)) return count(node.text);
  if (ts.isTemplateExpression(node)) {
    const spans = node.templateSpans.map(
      (span) => newlinesOf(span.expression, module, modules) + count(span.literal.text),
    );
    return count(node.head.text) + spans.reduce((sum, lines) => sum + lines, 0);
  }
  const name = ts.isCallExpression(node) ? node.expression : node;
  if (!ts.isIdentifier(name)) return 0;
  const definition = definitionOf(name.text, module, modules);
  return definition === undefined ? 0 : newlinesOf(definition.node, definition.module, modules);
}

function definitionOf(
  name: string,
  module: Module,
  modules: Modules,
): { node: ts.Node; module: Module } | undefined {
  const node = textIn(name, module);
  if (node !== undefined) return { node, module };
  for (const { file } of module.imports) {
    const other = modules.get(file);
    const imported = other && textIn(name, other);
    if (other !== undefined && imported !== undefined) return { node: imported, module: other };
  }
  return undefined;
}

/** What a constant is set to, or a function answers at its end. */
function textIn(name: string, { source }: Module): ts.Node | undefined {
  for (const statement of source.statements) {
    if (ts.isVariableStatement(statement)) {
      const declared = statement.declarationList.declarations.find((it) => it.name.getText() === name);
      if (declared?.initializer !== undefined) return declared.initializer;
    }
    if (ts.isFunctionDeclaration(statement) && statement.name?.text === name) {
      const last = statement.body?.statements.at(-1);
      return last !== undefined && ts.isReturnStatement(last) ? last.expression : undefined;
    }
  }
  return undefined;
}

function visit(node: ts.Node, act: (node: ts.Node) => void): void {
  act(node);
  ts.forEachChild(node, (child) => {
    visit(child, act);
  });
}

function count(text: string): number {
  return text.split("\n").length - 1;
}
