export type ReplacementReason = "timeout" | "crash" | "memory" | "abort";

/** For metrics and logs. */
export type EngineEvent =
  | { readonly type: "child.started"; readonly pid: number | undefined }
  | { readonly type: "child.replaced"; readonly pid: number | undefined; readonly reason: ReplacementReason }
  | { readonly type: "child.stderr"; readonly pid: number | undefined; readonly line: string };
