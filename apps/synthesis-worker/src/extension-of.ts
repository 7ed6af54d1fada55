import { audioFormats } from "@herald/speech/voices";

/** The API accepts only formats that exist, but a record outlives the version that wrote it. */
export function extensionOf(format: string): string {
  const formats: Readonly<Record<string, { readonly extension: string }>> = audioFormats;
  return formats[format]?.extension ?? "bin";
}
