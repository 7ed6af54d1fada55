import { AddressSet, parseAddressRange } from "./address-range.ts";
import { familyOf, nat64TargetOf } from "./ip-address.ts";

// Everything of IANA's special-purpose registries that is not globally reachable, or leads to another address.
const SPECIAL_IPV4 = [
  "0.0.0.0/8", // "this network": reaches loopback on Linux
  "10.0.0.0/8",
  "100.64.0.0/10", // carrier-grade NAT, and Alibaba's metadata service
  "127.0.0.0/8",
  "168.63.129.16/32", // Azure's wire server: an address out of a public range
  "169.254.0.0/16", // link-local, where most clouds keep their metadata
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.31.196.0/24",
  "192.52.193.0/24",
  "192.88.99.0/24", // 6to4 relays
  "192.168.0.0/16",
  "192.175.48.0/24",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
];

// Only this is handed out to hosts. Whatever else there is (loopback, unique local, link-local, multicast, IPv4-compatible,
// IPv4-mapped, discard, ...) stays closed without a list that could forget one.
const GLOBAL_IPV6 = ["2000::/3"];

const SPECIAL_IPV6 = [
  "2001::/23", // protocol assignments, Teredo among them: it leads to an embedded IPv4 address
  "2001:db8::/32",
  "2002::/16", // 6to4: leads to an embedded IPv4 address
  "3ffe::/16",
  "3fff::/20",
  "2620:4f:8000::/48",
];

const specialIpv4 = setOf(SPECIAL_IPV4);
const globalIpv6 = setOf(GLOBAL_IPV6);
const specialIpv6 = setOf(SPECIAL_IPV6);

/** Whether the address is one of a host on the public Internet. False for what is no address at all. */
export function isPublicAddress(address: string): boolean {
  switch (familyOf(address)) {
    case "ipv4":
      return !specialIpv4.has(address);
    case "ipv6":
      return isPublicIpv6(address);
    case null:
      return false;
  }
}

/** Hosts that have only IPv6 reach the IPv4 Internet through NAT64, so what counts there is where it leads. */
function isPublicIpv6(address: string): boolean {
  const target = nat64TargetOf(address);
  if (target !== null) {
    return !specialIpv4.has(target);
  }
  return globalIpv6.has(address) && !specialIpv6.has(address);
}

function setOf(cidrs: readonly string[]): AddressSet {
  return new AddressSet(cidrs.map(parseAddressRange));
}
