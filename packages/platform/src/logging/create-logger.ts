import winston from "winston";
import { jsonLine, prettyLine, type LogEntry } from "./line-formats.ts";
import type { LogFields, Logger, LogLevel } from "./logger.ts";

export interface LoggerOptions {
  /** Which of Herald's processes speaks. */
  readonly process: string;
  readonly level: LogLevel;
  /** `auto` is pretty on a terminal and json elsewhere. */
  readonly format: "json" | "pretty" | "auto";
  readonly stream?: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

export function createLogger(options: LoggerOptions): Logger {
  const { process: processName, level, format, stream = process.stdout } = options;
  // Whoever read the log has gone (EPIPE). The process must still be able to drain; it just cannot tell anyone.
  stream.on("error", () => undefined);
  const pretty = format === "pretty" || (format === "auto" && stream.isTTY === true);
  const render = pretty ? prettyLine : jsonLine;
  const sink = winston.createLogger({
    level,
    // The transport formats, once it knows that the level is wanted; the logger's own default would do so before.
    format: winston.format((info) => info)(),
    transports: [
      // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- winston declares its own transports as interfaces
      new winston.transports.Stream({
        stream,
        eol: "\n",
        format: winston.format.printf((info) => render(info["entry"] as LogEntry)),
      }),
    ],
  });

  const write =
    (lineLevel: LogLevel) =>
    (event: string, fields: LogFields = {}) => {
      // winston would ask itself only after it has gone through its own pipes.
      if (!sink.isLevelEnabled(lineLevel)) return;
      const entry = { time: new Date().toISOString(), level: lineLevel, event, process: processName, fields };
      sink.log({ level: lineLevel, message: event, entry });
    };
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
}
