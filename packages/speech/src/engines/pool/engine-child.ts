import { spawn, type ChildProcess } from "node:child_process";
import type { Duplex } from "node:stream";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import type { SpeakRequest, Speech } from "../engine.ts";
import { EngineError } from "../engine-error.ts";
import type { ChildMessage } from "./child-message.ts";
import { encodeFrame, FrameReader, type Frame } from "./frames.ts";

export interface EngineChildOptions {
  readonly module: URL;
  readonly onStderr: (line: string) => void;
}

interface Answer {
  readonly resolve: (frame: Frame) => void;
  readonly reject: (error: EngineError) => void;
}

const MAX_STDERR_CHARS = 2000;
/** An engine's own heap lies outside V8's; this bounds the JavaScript around it. */
const NODE_FLAGS = ["--max-old-space-size=256", "--no-warnings"];

/** One engine process. It answers one request at a time; when it ends, a request that is not answered yet is rejected. */
export class EngineChild {
  readonly #process: ChildProcess;
  readonly #channel: Duplex;
  #answer: Answer | null = null;
  #ended: EngineError | null = null;
  #lastStderr = "";
  #rssBytes = 0;

  /** Rejects when the process ends before it can speak. */
  readonly ready: Promise<void>;
  /** Never rejects. */
  readonly exited: Promise<void>;

  constructor({ module, onStderr }: EngineChildOptions) {
    // stdin carries nothing: its closing tells the child that this process is gone, even by kill -9.
    // The environment is empty, so that an engine cannot leak a secret it never had.
    this.#process = spawn(process.execPath, [...NODE_FLAGS, fileURLToPath(module)], {
      stdio: ["pipe", "ignore", "pipe", "pipe"],
      env: {},
    });
    this.#channel = this.#process.stdio[3] as Duplex;
    this.exited = new Promise((resolve) => {
      this.#process.once("exit", (code, signal) => {
        this.#end(`ended with ${signal ?? `code ${String(code)}`}`);
        resolve();
      });
      this.#process.once("error", (error) => {
        this.#end(error.message);
        resolve();
      });
    });
    this.#listen(onStderr);
    this.ready = this.#next().then(() => undefined);
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** As the child last reported it. */
  get rssBytes(): number {
    return this.#rssBytes;
  }

  async speak(request: SpeakRequest): Promise<Speech> {
    const answer = this.#next();
    for (const part of encodeFrame(request)) this.#channel.write(part);
    const { header, body } = await answer;
    return toSpeech(header as ChildMessage, body);
  }

  kill(): void {
    this.#process.kill("SIGKILL");
    this.#end("was killed");
  }

  #next(): Promise<Frame> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== null) {
        reject(this.#ended);
        return;
      }
      this.#answer = { resolve, reject };
    });
  }

  #listen(onStderr: (line: string) => void): void {
    const reader = new FrameReader((frame) => {
      this.#rssBytes = (frame.header as ChildMessage).rssBytes;
      this.#take()?.resolve(frame);
    });
    this.#channel.on("data", (chunk: Buffer) => {
      try {
        reader.push(chunk);
      } catch {
        this.kill();
      }
    });
    // A write to a dead child fails here; its exit is what matters and is handled above.
    this.#channel.on("error", () => undefined);
    this.#process.stdin?.on("error", () => undefined);
    if (this.#process.stderr === null) return;
    createInterface(this.#process.stderr).on("line", (line) => {
      this.#lastStderr = line.slice(0, MAX_STDERR_CHARS);
      onStderr(this.#lastStderr);
    });
  }

  #take(): Answer | null {
    const answer = this.#answer;
    this.#answer = null;
    return answer;
  }

  #end(how: string): void {
    const cause = new Error(`the engine process ${how}: ${this.#lastStderr}`);
    this.#ended ??= new EngineError("engine_failed", "the speech engine stopped unexpectedly", { cause });
    this.#take()?.reject(this.#ended);
  }
}

function toSpeech(message: ChildMessage, body: Uint8Array<ArrayBuffer>): Speech {
  switch (message.type) {
    case "speech":
      return { samples: new Int16Array(body.buffer), sampleRate: message.sampleRate };
    case "failed":
      throw new EngineError(message.code, message.message);
    case "ready":
      throw new EngineError("engine_failed", "the speech engine answered out of turn");
  }
}
