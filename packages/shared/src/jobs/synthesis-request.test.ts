import { describe, expect, it } from "@jest/globals";
import { countChars, synthesisRequestSchema } from "./synthesis-request.ts";

const schema = synthesisRequestSchema({ maxTextChars: 10 });

const faultOf = (body: unknown) => {
  const [issue] = schema.safeParse(body).error?.issues ?? [];
  return issue;
};

describe("a synthesis request", () => {
  it("needs nothing but a text", () => {
    expect(schema.parse({ text: "Hello" })).toEqual({
      text: "Hello",
      input_type: "text",
      format: "mp3",
      speed: 1,
      webhook_events: ["job.completed", "job.failed", "job.cancelled"],
      metadata: {},
      priority: "normal",
    });
  });

  it.each([
    ["text", {}],
    ["text", { text: 1 }],
    ["text", { text: "12345678901" }],
    ["input_type", { text: "a", input_type: "ssml" }],
    ["voice", { text: "a", voice: 1 }],
    ["format", { text: "a", format: "midi" }],
    ["sample_rate", { text: "a", sample_rate: 22051 }],
    ["sample_rate", { text: "a", sample_rate: "22050" }],
    ["speed", { text: "a", speed: 0.2 }],
    ["speed", { text: "a", speed: 4.1 }],
    ["speed", { text: "a", speed: null }],
    ["webhook_events", { text: "a", webhook_events: [] }],
    ["webhook_events", { text: "a", webhook_events: ["job.started"] }],
    ["metadata", { text: "a", metadata: { k: 1 } }],
    ["metadata", { text: "a", metadata: { k: "v".repeat(513) } }],
    ["metadata", { text: "a", metadata: { ["k".repeat(65)]: "v" } }],
    [
      "metadata",
      { text: "a", metadata: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`k${i}`, "v"])) },
    ],
    ["priority", { text: "a", priority: 1 }],
  ])("is refused for its %s in %j", (field, body) => {
    expect(faultOf(body)?.path[0]).toBe(field);
  });

  it("is refused for a field that it does not know, by name", () => {
    expect(faultOf({ text: "a", speeed: 2 })).toMatchObject({ code: "unrecognized_keys", keys: ["speeed"] });
  });

  it("tells a text that is too long from one that is no text", () => {
    expect(faultOf({ text: "12345678901" })).toMatchObject({ params: { code: "text_too_long" } });
  });

  it("takes a text of exactly the most characters, however many bytes they have", () => {
    expect(schema.safeParse({ text: "🧀".repeat(10) }).success).toBe(true);
    expect(schema.safeParse({ text: "🧀".repeat(11) }).success).toBe(false);
  });

  it("keeps metadata from becoming anything but data", () => {
    const { metadata } = schema.parse(
      JSON.parse('{"text":"a","metadata":{"__proto__":"x","constructor":"y"}}'),
    );

    expect(Object.getPrototypeOf(metadata)).toBe(Object.prototype);
    expect(Object.entries(metadata)).toEqual([["constructor", "y"]]);
  });
});

describe("counting characters", () => {
  it.each(["", "abc", "🧀a🧀", "\ud83e", "\ude00\ud83e", "\ud83e\ud83e\uddc0", "🧀\ude00"])(
    "counts code points in %j",
    (text) => {
      expect(countChars(text)).toBe(Array.from(text).length);
    },
  );
});
