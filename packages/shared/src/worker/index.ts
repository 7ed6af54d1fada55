export * from "./outcome.ts";
export * from "./presence.ts";
export * from "./rescue.ts";
export * from "./start-worker.ts";
