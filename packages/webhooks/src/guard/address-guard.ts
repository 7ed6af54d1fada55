import { AddressSet, isSingleAddress, parseAddressRange } from "./address-range.ts";
import { familyOf, isIpv4Mapped, nat64TargetOf } from "./ip-address.ts";
import { isPublicAddress } from "./public-addresses.ts";

/** Which addresses Herald may call on somebody's word. It judges addresses, because a name can mean any of them. */
export interface AddressGuard {
  permits(address: string): boolean;
  /** Whether an operator opened this very address: then plain http may go there too. */
  opensPlainHttp(address: string): boolean;
  /** Whether names that only a private network knows can mean anything: an operator opened more than loopback. */
  readonly opensPrivateNames: boolean;
}

export interface AddressGuardOptions {
  /** Ranges that are opened beside the public Internet. */
  readonly allowCidrs: readonly string[];
}

// They hand out credentials to whoever asks, so a wide range does not open them: only an entry of one address does.
const METADATA_ADDRESSES = [
  "100.100.100.200", // Alibaba
  "168.63.129.16", // Azure
  "169.254.169.254", // AWS, Azure, Google and most others
  "169.254.170.2", // AWS containers
  "169.254.170.23", // AWS pods
  "192.0.0.192", // Oracle
  "fd00:ec2::23", // AWS pods
  "fd00:ec2::254", // AWS
  "fd20:ce::254", // Google
];

const metadata = new AddressSet(METADATA_ADDRESSES.map(parseAddressRange));
const loopback = new AddressSet(["127.0.0.0/8", "::1"].map(parseAddressRange));

export function createAddressGuard({ allowCidrs }: AddressGuardOptions): AddressGuard {
  const ranges = allowCidrs.map(parseAddressRange);
  const opened = new AddressSet(ranges);
  const openedAlone = new AddressSet(ranges.filter(isSingleAddress));

  const opens = (address: string): boolean => {
    if (familyOf(address) === null || isIpv4Mapped(address)) {
      return false;
    }
    return (isMetadata(address) ? openedAlone : opened).has(address);
  };
  return {
    permits: (address) => opens(address) || isPublicAddress(address),
    opensPlainHttp: opens,
    opensPrivateNames: ranges.some(({ network }) => !loopback.has(network)),
  };
}

function isMetadata(address: string): boolean {
  return metadata.has(nat64TargetOf(address) ?? address);
}
