import type { LookupAddress } from "node:dns";
import { connect, isIPv4 } from "node:net";
import { describe, expect, it } from "@jest/globals";
import { createAddressGuard } from "./address-guard.ts";
import { createGuardedLookup, type GuardedLookupOptions } from "./guarded-lookup.ts";
import type { Resolve } from "./resolve-name.ts";

const answer = (...addresses: string[]): LookupAddress[] =>
  addresses.map((address) => ({ address, family: isIPv4(address) ? 4 : 6 }));

function setup(
  resolve: Resolve,
  { open = [], ...options }: GuardedLookupOptions & { open?: readonly string[] } = {},
) {
  const lookup = createGuardedLookup(createAddressGuard({ allowCidrs: open }), { ...options, resolve });
  return (hostname: string, all = true) =>
    new Promise<unknown>((resolvePromise, reject) => {
      lookup(hostname, { all }, (error, address, family) => {
        if (error === null) resolvePromise(all ? address : { address, family });
        else reject(error);
      });
    });
}

const answering = (...addresses: string[]) => setup(() => Promise.resolve(answer(...addresses)));

const failing = (code: string) =>
  setup(() => Promise.reject(Object.assign(new Error(`queryA ${code}`), { code, syscall: "getaddrinfo" })));

describe("a guarded lookup", () => {
  it("hands out every address of a public name, in the resolver's order", async () => {
    const lookUp = answering("2606:4700::1111", "1.1.1.1");

    expect(await lookUp("example.com")).toEqual(answer("2606:4700::1111", "1.1.1.1"));
    expect(await lookUp("example.com", false)).toEqual({ address: "2606:4700::1111", family: 6 });
  });

  it("hands out a hundred answers when all are public", async () => {
    const many = Array.from({ length: 100 }, (_, at) => `1.1.1.${at}`);

    expect(await answering(...many)("example.com")).toHaveLength(100);
    await expect(answering(...many, "10.0.0.1")("example.com")).rejects.toMatchObject({
      code: "blocked_address",
    });
  });

  it.each([
    ["localtest.me", ["127.0.0.1"]],
    ["127.0.0.1.nip.io", ["127.0.0.1"]],
    ["169.254.169.254.nip.io", ["169.254.169.254"]],
    ["metadata.google.internal", ["169.254.169.254"]],
    ["make-1.2.3.4-rebind-169.254-169.254-rr.1u.ms", ["169.254.169.254"]],
    ["an alias of internal.example, which is private", ["10.20.30.40"]],
    ["a name with only a private AAAA", ["fd00::1"]],
    ["a name with a mapped AAAA", ["::ffff:10.0.0.1"]],
    ["public, then private", ["1.1.1.1", "10.0.0.1"]],
    ["private, then public", ["10.0.0.1", "1.1.1.1"]],
    ["public A, private AAAA", ["1.1.1.1", "::1"]],
    ["what is no address", ["somewhere"]],
  ])("refuses %s", async (hostname, addresses) => {
    const lookUp = answering(...addresses);

    await expect(lookUp(hostname)).rejects.toMatchObject({ code: "blocked_address" });
    await expect(lookUp(hostname, false)).rejects.toMatchObject({ code: "blocked_address" });
  });

  it("judges every answer anew: a name that moves to a private address is refused from then on", async () => {
    const answers = [answer("1.1.1.1"), answer("127.0.0.1")];
    const lookUp = setup(() => Promise.resolve(answers.shift() ?? []));

    expect(await lookUp("rebind.example")).toEqual(answer("1.1.1.1"));
    await expect(lookUp("rebind.example")).rejects.toMatchObject({ code: "blocked_address" });
  });

  it("does not say which address it was", async () => {
    await expect(answering("10.9.8.7")("example.com")).rejects.toThrow(/^(?!.*10\.9\.8\.7)/);
  });

  it.each(["ENOTFOUND", "EAI_AGAIN", "ESERVFAIL"])("passes on the resolver's %s", async (code) => {
    await expect(failing(code)("example.com")).rejects.toMatchObject({ code, syscall: "getaddrinfo" });
  });

  it("takes an empty answer for a name that does not exist", async () => {
    await expect(answering()("example.com")).rejects.toMatchObject({
      code: "ENOTFOUND",
      syscall: "getaddrinfo",
    });
    await expect(answering()("localhost")).rejects.toMatchObject({ code: "ENOTFOUND" });
  });

  it("gives up on a resolver that hangs", async () => {
    const lookUp = setup(() => new Promise(() => undefined), { timeoutMs: 20 });

    await expect(lookUp("example.com")).rejects.toMatchObject({ code: "ETIMEOUT", syscall: "getaddrinfo" });
  });

  it("asks once for a name that many wait for, and again when it has answered", async () => {
    const asked: string[] = [];
    const lookUp = setup((hostname) => {
      asked.push(hostname);
      return Promise.resolve(answer("1.1.1.1"));
    });

    await Promise.all([lookUp("a.example"), lookUp("a.example"), lookUp("b.example")]);
    expect(asked).toEqual(["a.example", "b.example"]);

    await lookUp("a.example");
    expect(asked).toHaveLength(3);
  });

  it("asks again after a failure", async () => {
    const answers = [Promise.reject(new Error("no")), Promise.resolve(answer("1.1.1.1"))];
    const lookUp = setup(() => answers.shift() ?? Promise.resolve([]));

    await expect(lookUp("example.com")).rejects.toThrow("no");
    expect(await lookUp("example.com")).toEqual(answer("1.1.1.1"));
  });

  it("takes the opened side of localhost, and of no other name", async () => {
    const lookUp = setup(() => Promise.resolve(answer("::1", "127.0.0.1")), { open: ["127.0.0.0/8"] });

    expect(await lookUp("localhost")).toEqual(answer("127.0.0.1"));
    await expect(lookUp("two-sided.example")).rejects.toMatchObject({ code: "blocked_address" });
  });

  it("resolves with the system's resolver, and stops a socket before it connects", async () => {
    const lookup = createGuardedLookup(createAddressGuard({ allowCidrs: [] }));
    const error = await new Promise((resolve) => {
      connect({ host: "localhost", port: 9, lookup }).on("error", resolve);
    });

    expect(error).toMatchObject({ code: "blocked_address" });
  });
});
