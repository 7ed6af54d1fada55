import { describe, expect, it } from "@jest/globals";
import type { KeyOwner } from "@herald/platform/redis/keys";
import type { OpenSigningKey } from "./signing-key-store.ts";
import { createSigningKeys } from "./signing-keys.ts";

const START = 1_000_000;
const SECRET = Buffer.alloc(32, 1);
const keyOf = (fields: Partial<OpenSigningKey> = {}): OpenSigningKey => ({
  keyId: "whk_1",
  version: "v1",
  sealed: "",
  publicKey: null,
  createdAt: 0,
  expiresAt: null,
  secret: SECRET,
  ...fields,
});

function setup(live: readonly OpenSigningKey[] = [keyOf()]) {
  const clock = { ms: START };
  const asked: KeyOwner[] = [];
  const answers = { live: (): Promise<readonly OpenSigningKey[]> => Promise.resolve(live) };
  const keys = createSigningKeys({
    store: {
      live(owner) {
        asked.push(owner);
        return answers.live();
      },
    },
    now: () => new Date(clock.ms),
  });
  return { clock, asked, answers, keys };
}

describe("createSigningKeys", () => {
  it("asks once for a burst of deliveries, and again after a second", async () => {
    const { keys, asked, clock } = setup();

    await Promise.all([keys.of({ tenant: "acme" }), keys.of({ tenant: "acme" })]);
    clock.ms += 999;
    await keys.of({ tenant: "acme" });
    expect(asked).toHaveLength(1);

    clock.ms += 1;
    await keys.of({ tenant: "acme" });
    expect(asked).toHaveLength(2);
  });

  it("keeps tenants and endpoints apart", async () => {
    const { keys, asked } = setup();
    const owners = [{ tenant: "acme" }, { tenant: "acme", endpointId: "we_1" }, { tenant: "rival" }];

    for (const owner of owners) await keys.of(owner);

    expect(asked).toEqual(owners);
  });

  it("signs with no key from the millisecond that it expires, though it was read before", async () => {
    const { keys, clock, asked } = setup([
      keyOf(),
      keyOf({ expiresAt: START + 500, secret: Buffer.alloc(32, 2) }),
    ]);

    expect((await keys.of({ tenant: "acme" })).keys).toHaveLength(2);
    clock.ms = START + 500;
    expect((await keys.of({ tenant: "acme" })).keys).toEqual([SECRET]);
    expect(asked).toHaveLength(1);
  });

  it("hands out ed25519 keys ready to sign with, apart from the secrets", async () => {
    const { keys } = setup([keyOf(), keyOf({ version: "v1a" })]);

    const { keys: secrets, privateKeys } = await keys.of({ tenant: "acme" });

    expect(secrets).toEqual([SECRET]);
    expect(privateKeys.map(({ asymmetricKeyType }) => asymmetricKeyType)).toEqual(["ed25519"]);
  });

  it("does not remember a failure", async () => {
    const { keys, answers } = setup();
    const { live } = answers;
    answers.live = () => Promise.reject(new Error("Redis is away"));
    await expect(keys.of({ tenant: "acme" })).rejects.toThrow("Redis is away");

    answers.live = live;

    expect((await keys.of({ tenant: "acme" })).keys).toEqual([SECRET]);
  });
});
