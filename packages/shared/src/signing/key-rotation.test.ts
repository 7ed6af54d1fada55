import { describe, expect, it } from "@jest/globals";
import { isLive, MAX_LIVE_KEYS, rotateKeys, type SigningKey } from "./key-rotation.ts";

const NOW = 1_000_000;
const HOUR = 3_600_000;
const key = (keyId: string, fields: Partial<SigningKey> = {}): SigningKey => ({
  keyId,
  version: "v1",
  sealed: `sealed ${keyId}`,
  publicKey: null,
  createdAt: 0,
  expiresAt: null,
  ...fields,
});
const expiries = (keys: readonly SigningKey[]) => keys.map(({ keyId, expiresAt }) => [keyId, expiresAt]);

describe("rotateKeys", () => {
  it("has nothing to replace at first", () => {
    expect(rotateKeys([], key("a"), { overlapMs: HOUR, now: NOW })).toEqual({
      keys: [key("a")],
      previousExpiresAt: null,
    });
  });

  it("lets the old key sign beside the new one, and not a millisecond past the overlap", () => {
    const { keys, previousExpiresAt } = rotateKeys([key("a")], key("b"), { overlapMs: HOUR, now: NOW });

    expect(expiries(keys)).toEqual([
      ["b", null],
      ["a", NOW + HOUR],
    ]);
    expect(previousExpiresAt).toBe(NOW + HOUR);
    const [, old = key("")] = keys;
    expect([isLive(old, NOW + HOUR - 1), isLive(old, NOW + HOUR)]).toEqual([true, false]);
  });

  it("ends every earlier key at once when there is no overlap", () => {
    const before = [key("b"), key("a", { expiresAt: NOW + HOUR })];

    expect(rotateKeys(before, key("c"), { overlapMs: 0, now: NOW })).toEqual({
      keys: [key("c")],
      previousExpiresAt: NOW,
    });
  });

  it("shortens what an earlier rotation granted, and never prolongs it", () => {
    const before = [key("c"), key("b", { expiresAt: NOW + 5 * HOUR }), key("a", { expiresAt: NOW + 1 })];

    const { keys, previousExpiresAt } = rotateKeys(before, key("d"), { overlapMs: HOUR, now: NOW });

    expect(expiries(keys)).toEqual([
      ["d", null],
      ["c", NOW + HOUR],
      ["b", NOW + HOUR],
      ["a", NOW + 1],
    ]);
    expect(previousExpiresAt).toBe(NOW + HOUR);
  });

  it("forgets what has expired", () => {
    const before = [key("b"), key("a", { expiresAt: NOW })];

    const { keys } = rotateKeys(before, key("c"), { overlapMs: HOUR, now: NOW });

    expect(keys.map(({ keyId }) => keyId)).toEqual(["c", "b"]);
  });

  it("leaves keys of the other version as they are", () => {
    const before = [key("a")];

    const { keys, previousExpiresAt } = rotateKeys(before, key("p", { version: "v1a" }), {
      overlapMs: 0,
      now: NOW,
    });

    expect(keys).toEqual([key("p", { version: "v1a" }), key("a")]);
    expect(previousExpiresAt).toBeNull();
  });

  it("refuses one live key too many, but never a rotation without overlap", () => {
    let keys: readonly SigningKey[] = [];
    for (let made = 0; made < MAX_LIVE_KEYS; made++) {
      ({ keys } = rotateKeys(keys, key(String(made)), { overlapMs: HOUR, now: NOW }));
    }

    expect(() => rotateKeys(keys, key("x"), { overlapMs: HOUR, now: NOW })).toThrow(
      expect.objectContaining({ code: "too_many_webhook_keys", param: "overlap_hours" }),
    );
    expect(rotateKeys(keys, key("x"), { overlapMs: 0, now: NOW }).keys).toEqual([key("x")]);
  });
});
