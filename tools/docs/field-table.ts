import { markdownTable } from "./markdown-table.ts";
import { z } from "zod";

/** Of what zod makes of a schema, as much as a table says. */
interface Shape {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly items?: Shape;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly description?: string;
  /** Said by the schema itself, of what a check in code expects. */
  readonly expects?: string;
  /** The same of a default that is lost in a transformation, or is too long to read. */
  readonly byDefault?: string;
}

/** A body's or a query's fields. Throws for a field that its schema does not describe. */
export function fieldTable(schema: z.ZodType): string {
  const shape = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Shape;
  return markdownTable(["Field", "Takes", "Default", "What it does"], rowsOf(shape, ""));
}

function rowsOf({ properties = {}, required = [] }: Shape, prefix: string): readonly string[][] {
  return Object.entries(properties).flatMap(([name, field]) => [
    rowOf(`${prefix}${name}`, field, required.includes(name)),
    ...rowsOf(field, `${prefix}${name}.`),
  ]);
}

function rowOf(name: string, field: Shape, isRequired: boolean): string[] {
  const { description } = field;
  if (description === undefined) throw new Error(`the schema does not describe ${name}`);
  return [`\`${name}\``, expectedOf(field), isRequired ? "_required_" : defaultOf(field), description];
}

function defaultOf({ default: value, byDefault }: Shape): string {
  if (byDefault !== undefined) return byDefault;
  if (value === undefined) return "_none_";
  const isWord = typeof value === "string" && value !== "";
  return `\`${isWord ? value : JSON.stringify(value).replaceAll(",", ", ")}\``;
}

function expectedOf(field: Shape): string {
  if (field.expects !== undefined) return field.expects;
  if (field.enum !== undefined) return oneOf(field.enum.map((value) => `\`${String(value)}\``));
  switch (field.type) {
    case "string":
      return field.maxLength === undefined ? "text" : `text of up to ${field.maxLength} characters`;
    case "integer":
      return `a whole number${between(field.minimum, field.maximum)}`;
    case "number":
      return `a number${between(field.minimum, field.maximum)}`;
    case "array":
      return `a list of ${least(field)}${expectedOf(field.items ?? {})}`;
    case "boolean":
      return "`true` or `false`";
    case "object":
      return "an object";
    case undefined:
    default:
      throw new Error(`a field of type ${String(field.type)} must say what it expects`);
  }
}

function between(from: number | undefined, to: number | undefined): string {
  return from === undefined || to === undefined ? "" : `, ${number(from)} to ${number(to)}`;
}

function least({ minItems }: Shape): string {
  return minItems === undefined ? "" : `at least ${minItems}: `;
}

function number(value: number): string {
  return value.toLocaleString("en");
}

function oneOf(words: readonly string[]): string {
  const last = words.at(-1) ?? "";
  return words.length === 1 ? last : `${words.slice(0, -1).join(", ")} or ${last}`;
}
