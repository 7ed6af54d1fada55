import { AppError } from "../errors.ts";

/** Work of the storage itself. The detail, with its paths, is the operator's business and stays in the cause. */
export async function inStorage<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new AppError("storage_unavailable", "the audio storage cannot be used", { cause });
  }
}

export function isMissing(error: unknown): boolean {
  return hasCode(error, "ENOENT");
}

export function hasCode(error: unknown, code: string): boolean {
  return (error as { readonly code?: unknown } | null | undefined)?.code === code;
}
