export * from "./audio-key.ts";
export * from "./ids.ts";
export * from "./job.ts";
export * from "./job-record.ts";
export * from "./job-result.ts";
export * from "./present-job.ts";
export * from "./status.ts";
export * from "./synthesis-request.ts";
