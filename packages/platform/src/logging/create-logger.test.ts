import { Writable } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "@jest/globals";
import { createLogger, type LoggerOptions } from "./create-logger.ts";

function setup(given: Partial<LoggerOptions> & { readonly isTTY?: boolean } = {}) {
  let written = "";
  const { isTTY = false, ...options } = given;
  const stream = Object.assign(
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        written += chunk.toString();
        done();
      },
    }),
    { isTTY },
  );
  const logger = createLogger({ process: "api", level: "info", format: "json", stream, ...options });
  const lines = () => written.split("\n").slice(0, -1);
  const entries = () => lines().map((line) => JSON.parse(line) as Record<string, unknown>);
  return { logger, stream, lines, entries };
}

describe("a json line", () => {
  it("says when, how bad, what and who, then the fields", () => {
    const { logger, lines, entries } = setup();

    logger.warn("job.failed", { job_id: "j1", attempt: 2 });

    expect(lines()[0]).toMatch(
      /^\{"time":"\d{4}-\d\d-\d\dT[\d:.]+Z","level":"warn","event":"job.failed","process":"api"/,
    );
    expect(entries()).toEqual([
      {
        time: expect.any(String),
        level: "warn",
        event: "job.failed",
        process: "api",
        job_id: "j1",
        attempt: 2,
      },
    ]);
  });

  it("lets no field pass for what the logger itself says", () => {
    const { logger, entries } = setup();

    logger.info("job.created", { level: "error", event: "x", process: "y", time: "z" });

    expect(entries()[0]).toMatchObject({ level: "info", event: "job.created", process: "api" });
  });

  it("is written for the levels that were asked for, and no work is done for the others", () => {
    const { logger, entries } = setup({ level: "warn" });
    let touched = false;
    const fields = {
      get field() {
        touched = true;
        return 1;
      },
    };

    logger.debug("a.b", fields);
    logger.info("a.b", fields);
    expect(touched).toBe(false);
    logger.warn("a.b", fields);
    logger.error("a.b");

    expect(entries().map(({ level }) => level)).toEqual(["warn", "error"]);
  });

  it("spells out an error with its code and its causes, and leaves out what else it carries", () => {
    const { logger, entries } = setup();
    const cause = Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC" });
    const error = Object.assign(new TypeError("cannot store", { cause }), { config: { headers: "private" } });

    logger.error("audio.lost", { error });

    expect(entries()[0]?.["error"]).toEqual({
      name: "TypeError",
      message: "cannot store",
      stack: expect.stringContaining("create-logger.test"),
      cause: { name: "Error", message: "ENOSPC: no space left", code: "ENOSPC", stack: expect.any(String) },
    });
  });

  it("names the errors inside an error that has no message of its own", () => {
    const { logger, entries } = setup();

    logger.error("redis.lost", {
      error: new AggregateError([new Error("no ::1"), new Error("no 127.0.0.1")]),
    });

    expect(entries()[0]?.["error"]).toMatchObject({
      errors: [{ message: "no ::1" }, { message: "no 127.0.0.1" }],
    });
  });

  it.each([
    "text",
    "secret",
    "authorization",
    "Authorization",
    "key",
    "api_key",
    "apiKey",
    "webhook_secret",
    "WEBHOOK_SECRET",
    "AUDIO_LINK_SECRET",
    "password",
  ])("never holds a field named %s, however deep", (name) => {
    const { logger, lines } = setup();

    logger.info("a.b", { [name]: "hidden-1", inner: [{ [name]: { value: "hidden-2" } }] });

    expect(lines()[0]).not.toContain("hidden");
    expect(lines()[0]).toContain("[redacted]");
  });

  it.each([
    ["an API key", `key hk_${"a".repeat(43)} refused`, "a".repeat(43)],
    ["a webhook secret", "secret whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "MfKQ9r8G"],
    ["the password of a URL", "connect redis://user:hunter2@redis:6379 failed", "hunter2"],
    ["a password without a user", "connect redis://:hunter2@redis:6379 failed", "hunter2"],
    ["a link to S3", "GET https://s3/a.mp3?X-Amz-Expires=300&X-Amz-Signature=5ec3e7", "5ec3e7"],
  ])("never holds %s, not even within a message", (_what, message, secret) => {
    const { logger, lines } = setup();

    logger.error("a.b", { error: new Error(message), message, url: [message] });

    expect(lines()[0]).not.toContain(secret);
  });

  it("keeps names that only resemble a secret's", () => {
    const { logger, entries } = setup();

    logger.info("a.b", { key_id: "k1", text_chars: 3, audio_key: "t/j/1.mp3", url: "http://host:80/a@b" });

    expect(entries()[0]).toMatchObject({
      key_id: "k1",
      text_chars: 3,
      audio_key: "t/j/1.mp3",
      url: "http://host:80/a@b",
    });
  });

  it.each(["\n", "\r", "\u001b[31m", "\u0085", "\u009b31m", "\u2028", "\u202e", "\u007f"])(
    "cannot be broken or coloured by %j in what it says",
    (mark) => {
      const { logger, lines, entries } = setup();

      logger.info(`a.b${mark}`, { [`name${mark}`]: `value${mark}` });

      expect(lines()).toHaveLength(1);
      expect(lines()[0]).not.toContain(mark);
      expect(entries()[0]?.["event"]).toBe(`a.b${mark}`);
    },
  );

  it("is written of a value that JSON cannot take", () => {
    const { logger, entries } = setup();
    const trap = {
      get broken() {
        throw new Error("no");
      },
    };

    logger.info("a.b", {
      trap,
      big: 12n,
      fn: () => 1,
      bytes: Buffer.from("audio"),
      at: new Date(0),
      never: new Date(Number.NaN),
      url: new URL("http://h/p"),
    });

    expect(entries()[0]).toMatchObject({
      trap: "[unprintable]",
      big: "12",
      fn: "[function]",
      bytes: "[5 bytes]",
      at: "1970-01-01T00:00:00.000Z",
      never: "[invalid date]",
      url: "http://h/p",
    });
  });

  it("follows what contains itself a few steps and no further", () => {
    const { logger, lines } = setup();
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;

    logger.info("a.b", { cycle });

    expect(lines()[0]?.match(/self/g)?.length).toBeLessThan(10);
  });

  it("stays of bounded size, whatever it is given", () => {
    const { logger, lines } = setup();
    const grow = (depth: number): unknown =>
      depth === 0 ? "x".repeat(100_000) : Array(100).fill(grow(depth - 1));

    logger.info("a.b", { deep: grow(9), long: "x".repeat(1_000_000) });

    expect(lines()[0]?.length).toBeLessThan(100_000);
  });
});

describe("a pretty line", () => {
  it("is one line of name=value pairs", () => {
    const { logger, lines } = setup({ format: "pretty" });

    logger.info("job.created", { job_id: "j1", title: "two words", sizes: [1, 2], none: null });

    expect(lines()).toHaveLength(1);
    expect(stripVTControlCharacters(lines()[0] ?? "")).toMatch(
      /^[\d:.]{12} info {2}api job\.created job_id=j1 title="two words" sizes=\[1,2\] none=null$/,
    );
  });

  it("tells of an error where it was thrown and what caused it, still on one line", () => {
    const { logger, lines } = setup({ format: "pretty" });

    logger.error("job.failed", { error: new Error("cannot\nstore", { cause: new Error("disk full") }) });

    expect(lines()).toHaveLength(1);
    const line = stripVTControlCharacters(lines()[0] ?? "");
    expect(line).toContain("Error: cannot\\nstore at ");
    expect(line).toContain("because Error: disk full");
  });

  it("cannot be broken or coloured by what it says", () => {
    const { logger, lines } = setup({ format: "pretty" });

    logger.info("a.b\n\u001b[2J", { "n\u001b[2J": "v\u001b[2J\u009b2J", list: ["\u001b[2J"] });

    expect(lines()).toHaveLength(1);
    expect(lines()[0]).not.toContain("\u001b[2J");
    expect(lines()[0]).not.toContain("\u009b");
  });

  it.each([
    [true, false],
    [false, true],
  ])("is chosen by itself where a person reads: terminal %s", (isTTY, isJson) => {
    const { logger, lines } = setup({ format: "auto", isTTY });

    logger.info("a.b");

    expect(lines()[0]?.startsWith("{")).toBe(isJson);
  });
});

it("does not end the process when nobody reads the log any more", () => {
  const { logger, stream } = setup();

  expect(() =>
    stream.emit("error", Object.assign(new Error("write EPIPE"), { code: "EPIPE" })),
  ).not.toThrow();
  expect(() => {
    logger.info("a.b");
  }).not.toThrow();
});
