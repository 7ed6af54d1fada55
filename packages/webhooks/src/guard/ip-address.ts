import { isIP, isIPv4 } from "node:net";

export type IpFamily = "ipv4" | "ipv6";

/**
 * Null for anything but a plain address; one with a zone id (`fe80::1%eth0`) names a link of this machine, and counts
 * as none.
 */
export function familyOf(address: string): IpFamily | null {
  if (isIP(address) === 0 || address.includes("%")) {
    return null;
  }
  return isIPv4(address) ? "ipv4" : "ipv6";
}

/** All bits of a plain address: 32 or 128 of them. */
export function bitsOf(address: string): bigint {
  const groups = isIPv4(address) ? address.split(".").map(Number) : groupsOf(address);
  const width = isIPv4(address) ? 8n : 16n;
  return groups.reduce((bits, group) => (bits << width) | BigInt(group), 0n);
}

/** `::ffff:10.0.0.1` is 10.0.0.1 in disguise. */
export function isIpv4Mapped(address: string): boolean {
  return !isIPv4(address) && bitsOf(address) >> 32n === 0xffffn;
}

const NAT64_PREFIX = 0x64ff9bn << 64n;

/** The IPv4 address that an address under 64:ff9b::/96 (RFC 6052) leads to; null for all others. */
export function nat64TargetOf(address: string): string | null {
  if (isIPv4(address)) {
    return null;
  }
  const bits = bitsOf(address);
  if (bits >> 32n !== NAT64_PREFIX) {
    return null;
  }
  return [24n, 16n, 8n, 0n].map((shift) => String((bits >> shift) & 0xffn)).join(".");
}

/** The eight groups. URL leaves one way to write an address: hexadecimal groups and at most one `::`. */
function groupsOf(address: string): number[] {
  const [head = "", tail = ""] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split("::");
  const left = head.split(":").filter(Boolean);
  const right = tail.split(":").filter(Boolean);
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => "0");
  return [...left, ...zeros, ...right].map((group) => parseInt(group, 16));
}
