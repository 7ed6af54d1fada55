import { describe, expect, it } from "@jest/globals";
import { createAddressGuard } from "./address-guard.ts";

const publicOnly = createAddressGuard({ allowCidrs: [] });

describe("an address guard with nothing opened", () => {
  it.each([
    ["this network", ["0.0.0.0", "0.255.255.255"]],
    [
      "private networks",
      ["10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.0", "192.168.255.255"],
    ],
    ["carrier-grade NAT", ["100.64.0.1", "100.127.255.254"]],
    ["loopback", ["127.0.0.1", "127.255.255.255", "::1"]],
    ["link-local", ["169.254.0.1", "169.254.255.255", "fe80::1", "febf::1", "feef::1", "fee2::"]],
    [
      "protocol assignments",
      ["192.0.0.8", "192.0.0.170", "192.31.196.1", "192.52.193.1", "192.88.99.1", "192.175.48.1"],
    ],
    ["benchmarking", ["198.18.0.1", "198.19.255.255", "2001:2::1"]],
    ["documentation", ["192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1"]],
    ["multicast", ["224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1"]],
    ["reserved and broadcast", ["240.0.0.1", "255.255.255.255"]],
    ["unspecified and IPv4-compatible", ["::", "::7f00:1", "::127.0.0.1", "::8.8.8.8"]],
    [
      "IPv4-mapped",
      ["::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:a9fe:a9fe", "::ffff:ffff:ffff", "::ffff:8.8.8.8"],
    ],
    ["IPv4-translated", ["::ffff:0:127.0.0.1", "::ffff:0:808:808"]],
    [
      "private within NAT64",
      ["64:ff9b::ac1c:5", "64:ff9b::a00:1", "64:ff9b::a9fe:a9fe", "64:ff9b::7f00:1", "64:ff9b::"],
    ],
    ["locally used NAT64", ["64:ff9b:1::1", "64:ff9b:1::808:808", "64:ff9b:0:1::808:808"]],
    ["6to4", ["2002:a00:1::1", "2002:7f00:1::", "2002:808:808::1"]],
    ["Teredo", ["2001:0:4136:e378:8000:63bf:3fff:fdd2"]],
    ["unique local", ["fc00::1", "fd00::1", "fdff:ffff::1"]],
    ["site-local", ["fec0::1"]],
    ["discard, SRv6, 6bone, AS112", ["100::1", "5f00::1", "3ffe::1", "2620:4f:8000::1"]],
    [
      "cloud metadata",
      [
        "169.254.169.254",
        "169.254.170.2",
        "169.254.170.23",
        "100.100.100.200",
        "192.0.0.192",
        "168.63.129.16",
      ],
    ],
    ["cloud metadata on IPv6", ["fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254"]],
    ["an address with a zone", ["fe80::1%eth0", "2606:4700::1%eth0"]],
    [
      "what is no address",
      ["", "example.com", "127.1", "0177.0.0.1", "1.1.1.1.1", "256.0.0.1", "[::1]", "::1 ", "8.8.8.8/32"],
    ],
  ])("closes %s", (_name, addresses) => {
    expect(addresses.filter((address) => publicOnly.permits(address))).toEqual([]);
  });

  it.each([
    [
      "resolvers and hosts",
      ["1.1.1.1", "8.8.8.8", "93.184.215.14", "2606:4700:4700::1111", "2a00:1450:4001:80b::200e"],
    ],
    ["neighbours of 10.0.0.0/8", ["9.255.255.255", "11.0.0.0"]],
    ["neighbours of 100.64.0.0/10", ["100.63.255.254", "100.128.0.1"]],
    ["neighbours of 127.0.0.0/8", ["126.255.255.255", "128.0.0.1"]],
    ["neighbours of 169.254.0.0/16", ["169.253.255.255", "169.255.0.0"]],
    ["neighbours of 172.16.0.0/12", ["172.15.255.255", "172.32.0.1"]],
    ["neighbours of 192.168.0.0/16", ["192.167.255.255", "192.169.0.0"]],
    ["neighbours of 198.18.0.0/15", ["198.17.255.255", "198.20.0.0"]],
    ["neighbours of Azure's wire server", ["168.63.129.15", "168.63.129.17"]],
    ["neighbours of 2001::/23", ["2001:200::1", "2000:ffff::1"]],
    ["neighbours of 2001:db8::/32 and 2002::/16", ["2001:db7::1", "2001:db9::1", "2003::1"]],
    ["public within NAT64", ["64:ff9b::808:808", "64:ff9b::8.8.8.8"]],
    ["the last before multicast", ["223.255.255.255"]],
  ])("permits %s", (_name, addresses) => {
    expect(addresses.filter((address) => !publicOnly.permits(address))).toEqual([]);
  });

  it("opens plain http to nobody", () => {
    expect(publicOnly.opensPlainHttp("8.8.8.8")).toBe(false);
    expect(publicOnly.opensPlainHttp("127.0.0.1")).toBe(false);
  });
});

describe("an opened range", () => {
  it.each([
    [
      "10.20.0.0/16",
      ["10.20.0.0", "10.20.255.255"],
      ["10.19.255.255", "10.21.0.0", "127.0.0.1", "::ffff:10.20.0.1", "::10.20.0.1"],
    ],
    ["10.20.0.0/16", ["10.20.0.1"], ["64:ff9b::a14:1", "2002:a14:1::1", "::ffff:0:a14:1", "169.254.169.254"]],
    [
      "127.0.0.0/8",
      ["127.0.0.1", "127.255.255.255"],
      ["::1", "::ffff:127.0.0.1", "::ffff:7f00:1", "64:ff9b::7f00:1", "0.0.0.0"],
    ],
    ["::1", ["::1", "0:0:0:0:0:0:0:1"], ["::2", "::", "127.0.0.1", "::ffff:127.0.0.1"]],
    ["::1/128", ["::1"], ["::", "::3"]],
    ["192.168.1.7", ["192.168.1.7"], ["192.168.1.6", "192.168.1.8"]],
    [
      "fd12:3456::/32",
      ["fd12:3456::1", "fd12:3456:ffff::1"],
      ["fd12:3457::1", "fd12:3455::1", "fd00:ec2::254"],
    ],
    ["169.254.0.0/16", ["169.254.7.7"], ["169.254.169.254", "169.254.170.2", "169.254.170.23"]],
    ["100.64.0.0/10", ["100.64.0.1"], ["100.100.100.200"]],
    ["192.0.0.0/24", ["192.0.0.1"], ["192.0.0.192"]],
    ["fd00::/8", ["fd00::1"], ["fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254"]],
    ["64:ff9b::/96", ["64:ff9b::a00:1"], ["64:ff9b::a9fe:a9fe", "10.0.0.1"]],
    ["0.0.0.0/0", ["10.0.0.1", "127.0.0.1"], ["169.254.169.254", "168.63.129.16", "::1", "::ffff:10.0.0.1"]],
    [
      "::/0",
      ["::1", "fd00::1"],
      ["fd00:ec2::254", "127.0.0.1", "::ffff:127.0.0.1", "64:ff9b::a9fe:a9fe", "fe80::1%eth0"],
    ],
    [
      "169.254.169.254",
      ["169.254.169.254"],
      ["169.254.169.253", "64:ff9b::a9fe:a9fe", "169.254.170.2", "::ffff:169.254.169.254"],
    ],
    ["fd00:ec2::254/128", ["fd00:0ec2::0254"], ["fd00:ec2::253", "fd00:ec2::23"]],
  ])("%s permits %j, for plain http too, and leaves %j closed", (cidr, opened, closed) => {
    const guard = createAddressGuard({ allowCidrs: [cidr] });

    expect(opened.filter((address) => !guard.permits(address) || !guard.opensPlainHttp(address))).toEqual([]);
    expect(closed.filter((address) => guard.permits(address) || guard.opensPlainHttp(address))).toEqual([]);
  });

  it("leaves the public Internet open, without plain http", () => {
    const guard = createAddressGuard({ allowCidrs: ["10.0.0.0/8"] });

    expect(guard.permits("8.8.8.8")).toBe(true);
    expect(guard.opensPlainHttp("8.8.8.8")).toBe(false);
  });

  it("makes private names possible, unless it is loopback", () => {
    expect(createAddressGuard({ allowCidrs: ["127.0.0.0/8", "::1"] }).opensPrivateNames).toBe(false);
    expect(createAddressGuard({ allowCidrs: ["::1", "172.17.0.0/16"] }).opensPrivateNames).toBe(true);
  });

  it.each([
    ["localhost", "write it like 10.20.0.0/16"],
    ["", "write it like"],
    ["10.0.0.0/8/8", "write it like"],
    ["10.0.0/8", "write it like"],
    ["010.0.0.0/8", "write it like"],
    ["fe80::1%eth0/64", "write it like"],
    ["10.0.0.0/33", "a number from 0 to 32"],
    ["10.0.0.0/", "a number from 0 to 32"],
    ["10.0.0.0/-1", "a number from 0 to 32"],
    ["10.0.0.0/255.0.0.0", "a number from 0 to 32"],
    ["fd00::/129", "a number from 0 to 128"],
    ["10.20.0.5/16", "bits set after the first 16"],
    ["0.0.0.1/0", "bits set after the first 0"],
    ["fd00::1/64", "bits set after the first 64"],
    ["::ffff:10.0.0.0/104", "write IPv4 addresses in their own form"],
  ])("that is written %j stops the start: %s", (cidr, reason) => {
    expect(() => createAddressGuard({ allowCidrs: [cidr] })).toThrow(`"${cidr}" is not an address range: `);
    expect(() => createAddressGuard({ allowCidrs: [cidr] })).toThrow(reason);
  });
});
