import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";

const SERVERS = ["redis-server", "valkey-server"] as const;

/** The first Redis on the search path, or null. */
export async function findRedis(searchPath: string): Promise<string | null> {
  for (const name of SERVERS) {
    const found = await findExecutable(name, searchPath);
    if (found !== null) return found;
  }
  return null;
}

export async function findExecutable(name: string, searchPath: string): Promise<string | null> {
  for (const directory of searchPath.split(delimiter).filter((part) => part !== "")) {
    const file = join(directory, name);
    if (await isExecutable(file)) return file;
  }
  return null;
}

function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
