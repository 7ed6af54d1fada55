import { expect, it } from "@jest/globals";
import { chooseAdminKey } from "./api-key.ts";

it("makes a new key each time there is none", async () => {
  const deps = { given: null, hasApiKeys: () => Promise.resolve(false) };

  const first = await chooseAdminKey(deps);
  const second = await chooseAdminKey(deps);

  expect(first).toEqual({ kind: "new", key: expect.stringMatching(/^hk_[\w-]{43}$/) });
  expect(second).not.toEqual(first);
});

it("makes no key where there is one", async () => {
  expect(await chooseAdminKey({ given: null, hasApiKeys: () => Promise.resolve(true) })).toEqual({
    kind: "exists",
  });
});

it("uses the operator's key, whether or not there is one", async () => {
  const key = await chooseAdminKey({ given: "hk_mine", hasApiKeys: () => Promise.resolve(true) });

  expect(key).toEqual({ kind: "given", key: "hk_mine" });
});
