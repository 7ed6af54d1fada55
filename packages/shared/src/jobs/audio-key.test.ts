import { expect, it } from "@jest/globals";
import { audioKeyOf } from "./audio-key.ts";

it.each(["mp3", "a-format-of-another-version"])("ends in its format's name: %s", (format) => {
  expect(audioKeyOf({ tenant: "acme", jobId: "job-01", fence: "mine", format })).toBe(
    `acme/01/job-01.mine.${format}`,
  );
});
