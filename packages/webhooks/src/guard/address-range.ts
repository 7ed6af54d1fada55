import { BlockList } from "node:net";
import { bitsOf, familyOf, isIpv4Mapped, type IpFamily } from "./ip-address.ts";

export interface AddressRange {
  readonly network: string;
  readonly prefix: number;
  readonly family: IpFamily;
}

const WIDTH: Readonly<Record<IpFamily, number>> = { ipv4: 32, ipv6: 128 };

/** `10.20.0.0/16`, `fd12:3456::/48`, or one address alone. */
export function parseAddressRange(text: string): AddressRange {
  const [network = "", prefixText, ...rest] = text.trim().split("/");
  const family = familyOf(network);
  if (family === null || rest.length > 0) {
    throw malformed(text, "write it like 10.20.0.0/16 or fd12:3456::/48");
  }
  if (isIpv4Mapped(network)) {
    throw malformed(text, "write IPv4 addresses in their own form");
  }
  const prefix = prefixText === undefined ? WIDTH[family] : parsePrefix(text, prefixText, family);
  const range = { network, prefix, family };
  assertNoHostBits(text, range);
  return range;
}

/** Rules and questions are kept by family: BlockList on its own takes `::ffff:10.0.0.1` for 10.0.0.1. */
export class AddressSet {
  readonly #lists: Readonly<Record<IpFamily, BlockList>> = { ipv4: new BlockList(), ipv6: new BlockList() };

  constructor(ranges: readonly AddressRange[]) {
    for (const { network, prefix, family } of ranges) {
      this.#lists[family].addSubnet(network, prefix, family);
    }
  }

  has(address: string): boolean {
    const family = familyOf(address);
    return family !== null && this.#lists[family].check(address, family);
  }
}

export function isSingleAddress({ prefix, family }: AddressRange): boolean {
  return prefix === WIDTH[family];
}

function parsePrefix(text: string, prefixText: string, family: IpFamily): number {
  const prefix = /^\d{1,3}$/.test(prefixText) ? Number(prefixText) : Infinity;
  if (prefix > WIDTH[family]) {
    throw malformed(text, `a number from 0 to ${WIDTH[family]} follows the slash`);
  }
  return prefix;
}

/** `10.20.0.5/8` would open all of 10.0.0.0/8, which whoever wrote it hardly meant. */
function assertNoHostBits(text: string, { network, prefix, family }: AddressRange): void {
  const hostBits = (1n << BigInt(WIDTH[family] - prefix)) - 1n;
  if ((bitsOf(network) & hostBits) !== 0n) {
    throw malformed(text, `its address has bits set after the first ${prefix}`);
  }
}

function malformed(text: string, reason: string): Error {
  return new Error(`${JSON.stringify(text)} is not an address range: ${reason}`);
}
