const PART = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$/;

/** Throws on a key that could name anything but a file two folders below the storage's own. */
export function parseStorageKey(key: string): readonly [outer: string, inner: string, name: string] {
  const [outer, inner, name, ...rest] = key.split("/");
  if (outer === undefined || inner === undefined || name === undefined || rest.length > 0) {
    throw new Error("a storage key has three parts");
  }
  if (![outer, inner, name].every((part) => PART.test(part))) {
    throw new Error("a part of a storage key is made of A-Z a-z 0-9 . _ - and does not begin with a dot");
  }
  return [outer, inner, name];
}

export function isStorageKey(key: string): boolean {
  const parts = key.split("/");
  return parts.length === 3 && parts.every((part) => PART.test(part));
}
