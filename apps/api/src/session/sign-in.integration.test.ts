import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { hashApiKey } from "@herald/shared/signing/api-key";
import type { Role } from "../api-keys/api-key-store.ts";
import { openTestBoard, type TestBoard } from "../../../../tests/support/test-board.ts";

const BOARD = "/admin/queues";
const NOW = new Date("2026-03-01T12:00:00Z");
let now: Date;
let board: TestBoard;

beforeEach(() => {
  now = NOW;
  board = openTestBoard({ now: () => now });
});
afterEach(() => board.close());

const signIn = (key: string, browser = board.browser()) =>
  browser.post(`${BOARD}/sign-in`).type("form").send({ key });
const cookieOf = ({ headers }: { headers: Record<string, unknown> }) =>
  String((headers["set-cookie"] as string[] | undefined)?.[0]);

describe("signing in", () => {
  it.each(["viewer", "operator", "admin"] as const)("lets a %s in, for 8 hours", async (role) => {
    const browser = board.browser();
    const { key } = await board.addKey(role, "acme");

    const answer = await signIn(key, browser);

    expect(answer.status).toBe(303);
    expect(answer.headers["location"]).toBe(`${BOARD}/`);
    expect((await browser.get(`${BOARD}/`)).status).toBe(200);
    expect((await browser.get(`${BOARD}/api/queues`)).status).toBe(200);
    now = new Date(NOW.getTime() + 8 * 3_600_000);
    expect((await browser.get(`${BOARD}/api/queues`)).status).toBe(401);
  });

  it("gives a cookie that scripts, other sites and other paths do not get", async () => {
    const { key } = await board.addKey("operator");

    const cookie = cookieOf(await signIn(key));

    expect(cookie).toMatch(/; HttpOnly/);
    expect(cookie).toMatch(/; SameSite=Strict/);
    expect(cookie).toMatch(/; Path=\/admin\/queues;/);
    expect(cookie).toMatch(/; Max-Age=28800;/);
    expect(cookie).not.toMatch(/Secure/);
  });

  it("keeps the cookie to https, and to the proxy's path, where PUBLIC_URL says so", async () => {
    const behindProxy = openTestBoard({ publicUrl: "https://tts.example.com/herald" });
    const { key } = await behindProxy.addKey("operator");

    const answer = await signIn(key, behindProxy.browser());

    expect(cookieOf(answer)).toMatch(/; Secure/);
    expect(cookieOf(answer)).toMatch(/; Path=\/herald\/admin\/queues;/);
    expect(answer.headers["location"]).toBe("/herald/admin/queues/");
    await behindProxy.close();
  });

  it("tells the key, and what it could be found by, to no answer and no log line", async () => {
    const { key } = await board.addKey("operator");
    const stranger = `${key.slice(0, -1)}${key.endsWith("A") ? "B" : "A"}`;

    const answers = [await signIn(key), await signIn(stranger)];

    const told = JSON.stringify([answers.map(({ text, headers }) => [text, headers]), board.lines]);
    for (const secret of [key, hashApiKey(key), stranger, hashApiKey(stranger)]) {
      expect(told).not.toContain(secret);
    }
    expect(board.lines).toMatchObject([
      { event: "board.entered", role: "operator" },
      { event: "board.refused", status: 401 },
    ]);
  });

  it("refuses what is not a key with 401, a consumer's key with 403, and gives neither a cookie", async () => {
    const { key } = await board.addKey("consumer");

    const answers = await Promise.all([signIn("hk_wrong"), signIn(""), signIn("<script>"), signIn(key)]);

    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 403]);
    for (const { headers, text } of answers) {
      expect(headers["set-cookie"]).toBeUndefined();
      expect(text).toContain('role="alert"');
      expect(text).not.toContain("<script");
    }
  });

  it("takes nothing but a small form", async () => {
    const { key } = await board.addKey("operator");

    const large = await signIn("x".repeat(10_000));
    const json = await board.browser().post(`${BOARD}/sign-in`).send({ key });

    expect(large.status).toBe(413);
    expect(json.status).toBe(415);
  });

  it("is limited: the eleventh attempt in a minute is told how long to wait, even with a good key", async () => {
    const { key } = await board.addKey("operator");
    for (let i = 0; i < 10; i++) expect((await signIn("hk_wrong")).status).toBe(401);

    const answer = await signIn(key);

    expect(answer.status).toBe(429);
    expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
    expect(Number(answer.headers["retry-after"])).toBeLessThanOrEqual(60);
    expect(answer.headers["set-cookie"]).toBeUndefined();
  });

  it("has a page that needs no script, loads nothing, and names its field", async () => {
    const { text, headers } = await board.browser().get(`${BOARD}/sign-in`);

    expect(headers["content-security-policy"]).toMatch(
      /^default-src 'none'; style-src 'sha256-[^;]+'; img-src data:; form-action 'self'/,
    );
    expect(text).not.toMatch(/<script|https?:/);
    expect(text).toMatch(/<html lang="en">/);
    expect(text).toMatch(/<label for="key">/);
  });
});

describe("a session", () => {
  it("ends at once when its key is removed", async () => {
    const browser = board.browser();
    const { key, keyId } = await board.addKey("operator");
    await signIn(key, browser);

    await board.apiKeys.remove(keyId);

    expect((await browser.get(`${BOARD}/api/queues`)).status).toBe(401);
    expect((await browser.put(`${BOARD}/api/queues/pause`)).status).toBe(401);
    expect((await browser.get(`${BOARD}/`)).headers["location"]).toBe(`${BOARD}/sign-in`);
  });

  it.each<[Role, Role]>([
    ["operator", "viewer"],
    ["viewer", "admin"],
    ["operator", "consumer"],
  ])("ends at once when its key, a %s's, becomes a %s's", async (before, after) => {
    const browser = board.browser();
    const { key } = await board.addKey(before);
    await signIn(key, browser);

    await board.redis.hset(board.keys.apiKey(hashApiKey(key)), "role", after);

    expect((await browser.get(`${BOARD}/api/queues`)).status).toBe(401);
  });

  it("ends when its browser signs out", async () => {
    const browser = await board.signedIn("operator");

    expect((await browser.get(`${BOARD}/sign-out`)).status).toBe(200);
    const answer = await browser.post(`${BOARD}/sign-out`);

    expect(answer.status).toBe(303);
    expect((await browser.get(`${BOARD}/api/queues`)).status).toBe(401);
  });

  it("cannot be made up", async () => {
    const { key } = await board.addKey("viewer");
    const cookie = cookieOf(await signIn(key)).split(";")[0] ?? "";

    for (const forged of [cookie.replace("viewer", "admin"), "herald_board=", "herald_board=1.2.3.4", ""]) {
      const answer = await board.browser().get(`${BOARD}/api/queues`).set("cookie", forged);
      expect(answer.status).toBe(401);
    }
  });

  it("is asked for by every address of the board but those to sign in and out", async () => {
    const stranger = board.browser();

    for (const path of ["/", "", "/queue/synthesis", "/job-schedulers", "/nowhere"]) {
      const answer = await stranger.get(`${BOARD}${path}`);
      expect([answer.status, answer.headers["location"]]).toEqual([303, `${BOARD}/sign-in`]);
    }
    for (const path of ["/api/queues", "/api/redis/stats", "/static/images/logo.svg"]) {
      const answer = await stranger.get(`${BOARD}${path}`);
      expect(answer.status).toBe(401);
      expect(answer.body).toMatchObject({ error: { code: "sign_in_required", param: null } });
    }
  });
});

describe("a request that another site had the browser send", () => {
  const outcomes: [string, Record<string, string>, "taken" | "refused"][] = [
    ["from the board's own page", { "sec-fetch-site": "same-origin", origin: "http://127.0.0.1" }, "taken"],
    ["from elsewhere", { "sec-fetch-site": "cross-site", origin: "https://evil.example" }, "refused"],
    ["from a sibling host", { "sec-fetch-site": "same-site", origin: "http://x.127.0.0.1" }, "refused"],
    ["by an older browser, from elsewhere", { origin: "https://evil.example" }, "refused"],
    ["by an older browser, from a sandbox", { origin: "null" }, "refused"],
    ["by an older browser, from the board's own page", { origin: "http://127.0.0.1" }, "taken"],
    ["that claims the board's origin, from elsewhere", { "sec-fetch-site": "cross-site", origin: "http://127.0.0.1" }, "refused"], // prettier-ignore
    ["by something that is no browser", {}, "taken"],
  ];

  it.each(outcomes)("%s: a write", async (_name, headers, outcome) => {
    const browser = await board.signedIn("operator");

    const answer = await browser.put(`${BOARD}/api/queues/synthesis/pause`).set(headers);

    expect(answer.status).toBe(outcome === "taken" ? 200 : 403);
  });

  it.each(outcomes)("%s: to sign in or out", async (_name, headers, outcome) => {
    const { key } = await board.addKey("operator");

    const answers = [
      await signIn(key).set(headers),
      await board.browser().post(`${BOARD}/sign-out`).set(headers),
    ];

    expect(answers.map(({ status }) => status)).toEqual(outcome === "taken" ? [303, 303] : [403, 403]);
  });
});
