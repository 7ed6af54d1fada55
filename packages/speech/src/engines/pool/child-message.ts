/** The header of what a child sends. A `speech` frame's body is its samples: 16 bit, in this machine's byte order. */
export type ChildMessage =
  | { readonly type: "ready"; readonly rssBytes: number }
  | { readonly type: "speech"; readonly rssBytes: number; readonly sampleRate: number }
  | {
      readonly type: "failed";
      readonly rssBytes: number;
      readonly code: "engine_failed" | "unspeakable_text";
      readonly message: string;
    };
