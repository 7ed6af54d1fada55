import { describe, expect, it } from "@jest/globals";
import { AppError } from "@herald/shared/errors";
import { synthesisRequestSchema } from "@herald/shared/jobs/synthesis-request";
import { parseInput } from "./parse-input.ts";

const schema = synthesisRequestSchema({ maxTextChars: 10 });

function refusal(body: unknown): { code: string; param: string | null; message: string } {
  try {
    parseInput(schema, body);
  } catch (error) {
    if (error instanceof AppError) {
      const { code, param, message } = error;
      return { code, param, message };
    }
  }
  throw new Error("this body was not refused");
}

describe("parseInput names the field at fault and says what it must be", () => {
  it.each([
    [{}, "text", "text is required"],
    [{ text: 7 }, "text", "text must be a string"],
    [{ text: ["a", "b"] }, "text", "text must be one string, not several"],
    [{ text: "hi", txt: "hi" }, "txt", "txt is not a known field"],
    [{ text: "hi", format: "mp4" }, "format", "format must be one of mp3, wav, opus, aac, flac, pcm"],
    [{ text: "hi", speed: 9 }, "speed", "speed must be at most 4"],
    [{ text: "hi", speed: 0 }, "speed", "speed must be at least 0.25"],
    [{ text: "hi", speed: "1" }, "speed", "speed must be a number"],
    [{ text: "hi", speed: null }, "speed", "speed must be a number"],
    [
      { text: "hi", sample_rate: 11_025 },
      "sample_rate",
      "sample_rate must be one of 8000, 16000, 22050, 24000, 44100, 48000",
    ],
    [{ text: "hi", input_type: "ssml" }, "input_type", "input_type must be text: ssml is not supported yet"],
    [{ text: "hi", metadata: [] }, "metadata", "metadata must be an object"],
    [{ text: "hi", metadata: { foo: 1 } }, "metadata.foo", "metadata.foo must be a string"],
    [
      { text: "hi", metadata: { foo: "x".repeat(513) } },
      "metadata.foo",
      "metadata.foo must be at most 512 characters long",
    ],
    [{ text: "hi", webhook_events: [] }, "webhook_events", "webhook_events must have at least 1 of them"],
    [
      { text: "hi", webhook_events: ["job.exploded"] },
      "webhook_events.0",
      "webhook_events.0 must be one of job.completed, job.failed, job.cancelled",
    ],
    [null, null, "the body must be an object"],
    [[], null, "the body must be an object"],
    ["text", null, "the body must be an object"],
  ])("%j", (body, param, message) => {
    expect(refusal(body)).toEqual({ code: "invalid_request", param, message });
  });

  it("uses the code that a schema gives one of its rules", () => {
    expect(refusal({ text: "x".repeat(11) })).toEqual({
      code: "text_too_long",
      param: "text",
      message: "text must be at most 10 characters long",
    });
  });

  it("names a metadata key that is too long, but not at its full length", () => {
    const { param, code } = refusal({ text: "hi", metadata: { ["k".repeat(5000)]: "v" } });

    expect(code).toBe("invalid_request");
    expect(param).toMatch(/^metadata\.k{100,}$/);
    expect(param?.length).toBeLessThan(200);
  });

  it("refuses more metadata than allowed", () => {
    const metadata = Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`key${i}`, "v"]));

    expect(refusal({ text: "hi", metadata })).toMatchObject({ param: "metadata" });
  });
});
