import { Socket } from "node:net";
import { Worker } from "node:worker_threads";

import type { SpeakRequest, Speech } from "../engine.ts";
import { EngineError } from "../engine-error.ts";
import type { ChildMessage } from "../pool/child-message.ts";
import { encodeFrame, FrameReader } from "../pool/frames.ts";

/** What runs inside a child. `speak` may block: this process does nothing else. */
export interface BlockingEngine {
  speak(request: SpeakRequest): Speech;
}

const CHANNEL_FD = 3;

/** Answers the pool's requests with `engine` for the rest of this process's life. */
export function serveEngine(engine: BlockingEngine): void {
  const channel = new Socket({ fd: CHANNEL_FD });
  const send = (message: ChildMessage, body?: Uint8Array) => {
    for (const part of encodeFrame(message, body)) channel.write(part);
  };
  const reader = new FrameReader(({ header }) => {
    answer(engine, header as SpeakRequest, send);
  });
  channel.on("data", (chunk) => {
    reader.push(chunk);
  });
  send({ type: "ready", rssBytes: process.memoryUsage.rss() });
}

/**
 * Ctrl-C reaches the whole process group, but this process ignores it: its parent lets it finish first and ends it then.
 * If the parent vanishes, a second thread notices, even while the engine blocks the main one.
 */
export function dieWithParent(): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
  new Worker(new URL("./lifeline.js", import.meta.url), { resourceLimits: { maxOldGenerationSizeMb: 16 } });
}

function answer(
  engine: BlockingEngine,
  request: SpeakRequest,
  send: (message: ChildMessage, body?: Uint8Array) => void,
): void {
  try {
    const { samples, sampleRate } = engine.speak(request);
    const body = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
    send({ type: "speech", sampleRate, rssBytes: process.memoryUsage.rss() }, body);
  } catch (error) {
    send({ type: "failed", rssBytes: process.memoryUsage.rss(), ...failureOf(error) });
  }
}

function failureOf(error: unknown): Pick<ChildMessage & { type: "failed" }, "code" | "message"> {
  if (error instanceof EngineError && error.code === "unspeakable_text") {
    return { code: error.code, message: error.message };
  }
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return { code: "engine_failed", message: "the speech engine failed" };
}
