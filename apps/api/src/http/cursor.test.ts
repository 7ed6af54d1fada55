import { describe, expect, it } from "@jest/globals";
import { newJobId } from "@herald/shared/jobs/ids";
import { encodeCursor, parseCursor } from "./cursor.ts";

describe("a cursor", () => {
  it("comes back as the job it was made of", () => {
    const jobId = newJobId(new Date());

    expect(parseCursor(encodeCursor(jobId))).toBe(jobId);
  });

  it.each(["", "nonsense", "../../etc/passwd", Buffer.from("+").toString("base64url")])(
    "is refused as %p, which no answer ever held",
    (text) => {
      expect(() => parseCursor(text)).toThrow(
        expect.objectContaining({ code: "invalid_cursor", param: "cursor" }),
      );
    },
  );
});
