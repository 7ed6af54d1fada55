/** What Lua makes of HGETALL's answer: field, value, and so on. */
export function fromPairs(flat: readonly string[]): Record<string, string> {
  const record: Record<string, string> = {};
  for (let i = 0; i + 1 < flat.length; i += 2) {
    record[flat[i] ?? ""] = flat[i + 1] ?? "";
  }
  return record;
}
