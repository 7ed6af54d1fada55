import { describe, expect, it } from "@jest/globals";
import { Refusal } from "@herald/jobs/admission/refusal";
import { rateLimitHeaders, refusalHeaders } from "./limit-headers.ts";

const NOTHING_LEFT = { requests: null, chars: null };

describe("the rate limit of an answer", () => {
  it("is not told where there is none", () => {
    expect(rateLimitHeaders({ pendingJobs: 5 }, NOTHING_LEFT)).toEqual({});
  });

  it("is what is left of a minute's, and when all of it will be back", () => {
    expect(rateLimitHeaders({ requestsPerMinute: 60 }, { requests: 45, chars: null })).toEqual({
      "ratelimit-limit": "60",
      "ratelimit-remaining": "45",
      "ratelimit-reset": "15",
      "ratelimit-policy": '60;w=60;comment="requests"',
    });
  });

  it("is the one that is nearer to its end, of two", () => {
    const limits = { requestsPerMinute: 60, charsPerMinute: 1000 };

    expect(rateLimitHeaders(limits, { requests: 45, chars: 100 })).toEqual({
      "ratelimit-limit": "1000",
      "ratelimit-remaining": "100",
      "ratelimit-reset": "54",
      "ratelimit-policy": '60;w=60;comment="requests", 1000;w=60;comment="characters"',
    });
  });
});

describe("the answer to a submission that was refused", () => {
  const headersOf = (...[refused, limits = {}]: ConstructorParameters<typeof Refusal>) =>
    refusalHeaders(new Refusal(refused, limits));

  it("names the second from which on it would be let in", () => {
    const refused = { limit: "requestsPerMinute", waitMs: 1001, left: { requests: 0, chars: null } } as const;

    expect(headersOf(refused, { requestsPerMinute: 30 })).toMatchObject({
      "retry-after": "2",
      "x-should-retry": "true",
      "ratelimit-remaining": "0",
    });
  });

  it("tells clients not to sit and wait for the end of the month", () => {
    const refused = { limit: "charsPerMonth", waitMs: 86_400_000, left: NOTHING_LEFT } as const;

    expect(headersOf(refused, { charsPerMonth: 10 })).toEqual({
      "retry-after": "86400",
      "x-should-retry": "false",
    });
  });

  it.each(["pendingJobs", "allPendingJobs", "memory"] as const)(
    "asks for patience where only the workers know: %s",
    (limit) => {
      const headers = headersOf({ limit, waitMs: null, left: NOTHING_LEFT }, {});

      expect(Number(headers["retry-after"])).toBeGreaterThanOrEqual(5);
      expect(headers["x-should-retry"]).toBe("true");
    },
  );
});
