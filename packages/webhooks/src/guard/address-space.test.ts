import fc from "fast-check";
import { describe, expect, it } from "@jest/globals";
import { createAddressGuard } from "./address-guard.ts";
import { createGuardedLookup } from "./guarded-lookup.ts";
import { parseWebhookUrl } from "./webhook-url.ts";

// Beside the tables of single addresses: whole ranges, and the ways in which one address can be written.
const guard = createAddressGuard({ allowCidrs: [] });
const refuses = (text: string): boolean => {
  try {
    parseWebhookUrl(text, { guard, allowHttp: true });
    return false;
  } catch {
    return true;
  }
};

const dotted = (bits: number): string => [24, 16, 8, 0].map((shift) => (bits >>> shift) & 0xff).join(".");
const within = (first: string, prefix: number): fc.Arbitrary<number> => {
  const start = first.split(".").reduce((bits, part) => bits * 256 + Number(part), 0);
  return fc.integer({ min: start, max: start + 2 ** (32 - prefix) - 1 });
};
const groups = (count: number) =>
  fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: count, maxLength: count });
const hex = (numbers: readonly number[]) => numbers.map((number) => number.toString(16)).join(":");

const PRIVATE = fc.oneof(
  within("0.0.0.0", 8),
  within("10.0.0.0", 8),
  within("100.64.0.0", 10),
  within("127.0.0.0", 8),
  within("169.254.0.0", 16),
  within("172.16.0.0", 12),
  within("192.168.0.0", 16),
  within("198.18.0.0", 15),
  within("224.0.0.0", 3),
);
const ANY_IPV4 = fc.integer({ min: 0, max: 2 ** 32 - 1 });

describe("of the whole address space", () => {
  it("no private IPv4 address is permitted", () => {
    fc.assert(
      fc.property(PRIVATE, (bits) => {
        expect(guard.permits(dotted(bits))).toBe(false);
      }),
    );
  });

  it("no way to write a private IPv4 address in a URL is accepted", () => {
    const writings = (bits: number) => {
      const parts = dotted(bits).split(".").map(Number);
      const inBase = (base: number, prefix: string) =>
        parts.map((part) => `${prefix}${part.toString(base)}`).join(".");
      const [a = 0, b = 0] = parts;
      return [
        dotted(bits),
        `${dotted(bits)}.`,
        String(bits),
        `0x${bits.toString(16)}`,
        `0${bits.toString(8)}`,
        inBase(16, "0x"),
        inBase(8, "0"),
        `${a}.${bits % 2 ** 24}`,
        `${a}.${b}.${bits % 2 ** 16}`,
        dotted(bits).replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
        dotted(bits).replace(/\d/g, (digit) => `%3${digit}`),
      ];
    };
    fc.assert(
      fc.property(PRIVATE, (bits) => {
        expect(writings(bits).filter((host) => !refuses(`http://${host}:8080/`))).toEqual([]);
      }),
    );
  });

  it("IPv6 forms that lead to an IPv4 address are permitted for public ones behind NAT64 only", () => {
    fc.assert(
      fc.property(ANY_IPV4, (bits) => {
        const embedded = hex([bits >>> 16, bits & 0xffff]);
        const disguises = [
          `::${embedded}`,
          `::ffff:${embedded}`,
          `::ffff:0:${embedded}`,
          `2002:${embedded}::1`,
        ];

        expect(disguises.filter((address) => guard.permits(address))).toEqual([]);
        expect(guard.permits(`64:ff9b::${embedded}`)).toBe(guard.permits(dotted(bits)));
      }),
    );
  });

  it("nothing of IPv6 outside 2000::/3 is permitted, NAT64 apart", () => {
    fc.assert(
      fc.property(groups(8), (numbers) => {
        const [first = 0, second = 0] = numbers;
        fc.pre((first & 0xe000) !== 0x2000 && !(first === 0x64 && second === 0xff9b));
        expect(guard.permits(hex(numbers))).toBe(false);
      }),
    );
  });

  it("a name is refused whenever one of its addresses is, whichever it is", async () => {
    const resolves = (addresses: readonly string[]) =>
      new Promise<boolean>((resolve) => {
        const answers = addresses.map((address) => ({ address, family: 4 }));
        const lookup = createGuardedLookup(guard, { resolve: () => Promise.resolve(answers) });
        lookup("name.example", { all: true }, (error) => {
          resolve(error === null);
        });
      });
    await fc.assert(
      fc.asyncProperty(fc.array(ANY_IPV4, { minLength: 1, maxLength: 8 }), async (answers) => {
        const addresses = answers.map(dotted);

        expect(await resolves(addresses)).toBe(addresses.every((address) => guard.permits(address)));
      }),
    );
  });

  it("an opened range opens its addresses, and no others, nor other forms of them", () => {
    const inRange = within("10.20.0.0", 16);
    const opened = createAddressGuard({ allowCidrs: ["10.20.0.0/16"] });
    fc.assert(
      fc.property(inRange, PRIVATE, (inside, anywhere) => {
        expect(opened.permits(dotted(inside))).toBe(true);
        expect(opened.permits(`::ffff:${dotted(inside)}`)).toBe(false);
        expect(opened.permits(dotted(anywhere))).toBe(dotted(anywhere).startsWith("10.20."));
      }),
    );
  });
});
