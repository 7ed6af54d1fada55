import type { IncomingMessage } from "node:http";
import { AppError } from "@herald/shared/errors";
import type { RequestHandler } from "express";

/**
 * Reads a JSON body into `req.body`. Not express.json(): that one answers a body which is too large only when all of it
 * has arrived, and reads text that is not UTF-8 as if it were.
 */
export function readJson({ limitBytes }: { readonly limitBytes: number }): RequestHandler {
  return async (req, _res, next) => {
    if (req.is("application/json") === false) {
      throw new AppError("unsupported_media_type", "the body must be application/json", {
        param: "Content-Type",
      });
    }
    if ((req.get("content-encoding") ?? "identity") !== "identity") {
      throw new AppError("unsupported_media_type", "the body must not be compressed", {
        param: "Content-Encoding",
      });
    }
    req.body = parseJson(await readBody(req, limitBytes));
    next();
  };
}

export function readBody(req: IncomingMessage, limitBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;

    function onData(chunk: Buffer): void {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes > limitBytes) giveUp();
    }
    function giveUp(): void {
      // The rest is read and forgotten: a client that is still sending would not see the answer otherwise.
      req.off("data", onData).resume();
      reject(new AppError("body_too_large", `the body must be at most ${limitBytes} bytes`));
    }

    if (Number(req.headers["content-length"] ?? 0) > limitBytes) {
      giveUp();
      return;
    }
    req.on("data", onData);
    req.on("end", () => {
      resolve(Buffer.concat(chunks));
    });
    req.on("error", () => {
      reject(new AppError("invalid_request", "the request was cut off"));
    });
  });
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(utf8.decode(body));
  } catch (cause) {
    throw new AppError("invalid_json", "the body is not valid JSON in UTF-8", { cause });
  }
}
