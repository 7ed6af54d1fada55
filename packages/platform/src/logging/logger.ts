export type LogLevel = "error" | "warn" | "info" | "debug";

/** Names and values of one event; snake_case, units at the end. An Error may be a value. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Writes one line per event. Events are named `noun.verbed`: "job.created", "redis.lost". Never throws. */
export interface Logger {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}
