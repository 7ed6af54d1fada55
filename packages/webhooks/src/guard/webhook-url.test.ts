import { describe, expect, it } from "@jest/globals";
import { AppError } from "@herald/shared/errors";
import { createAddressGuard } from "./address-guard.ts";
import { parseWebhookUrl, type PortRange } from "./webhook-url.ts";

interface Setup {
  readonly open?: readonly string[];
  readonly allowHttp?: boolean;
  readonly ports?: readonly PortRange[];
}

function parse(text: string, { open = [], allowHttp = false, ports = [] }: Setup = {}): URL {
  return parseWebhookUrl(text, { guard: createAddressGuard({ allowCidrs: open }), allowHttp, ports });
}

function refusalOf(text: string, setup: Setup = {}): AppError {
  try {
    parse(text, setup);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error(`${text} was accepted`);
}

const LOOPBACK = ["127.0.0.0/8", "::1/128"];

describe("parseWebhookUrl", () => {
  it.each([
    "https://example.com/hook?key=1",
    "https://example.com:8443/",
    "https://example.com:9000/",
    "https://example.com:80/",
    "https://example.com./",
    "https://93.184.215.14/",
    "https://[2606:4700::1111]/",
    "https://[64:ff9b::8.8.8.8]/",
    "https://bücher.example/",
    "https://internal.example.com/",
    "https://localhost.example.com/",
  ])("takes %s", (text) => {
    expect(parse(text).href).toBe(new URL(text).href);
  });

  it("drops the fragment, which is never sent", () => {
    expect(parse("https://example.com/hook#part").href).toBe("https://example.com/hook");
  });

  it.each([
    "2130706433",
    "0x7f000001",
    "017700000001",
    "0177.0.0.1",
    "0x7f.1",
    "127.1",
    "127.000.000.001",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "%31%32%37.0.0.1",
    "127.0.0.1.",
    "2130706433.",
    "0",
    "0.0.0.0",
    "[::]",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[::127.0.0.1]",
    "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    "localhost",
    "localhost.",
    "LOCALHOST",
    "local\u00adhost",
    "localhoſt",
    "a.localhost",
  ])("sees loopback behind %s, also where plain http is allowed", (host) => {
    expect(refusalOf(`https://${host}/`)).toMatchObject({ code: "blocked_address", param: "webhook_url" });
    expect(refusalOf(`http://${host}:8080/hook`, { allowHttp: true }).code).toBe("blocked_address");
  });

  it.each([
    "http:127.0.0.1/",
    "http:///127.0.0.1/",
    "http:\\\\127.0.0.1\\",
    "http://127.0.0.1\\@example.com/",
    "  http://127.0.0.1/",
    "ht\ttp://127.0.\n0.1/",
  ])("sees loopback behind the crooked URL %j", (text) => {
    expect(refusalOf(text, { allowHttp: true }).code).toBe("blocked_address");
  });

  it.each([
    "169.254.169.254",
    "[fd00:ec2::254]",
    "100.100.100.200",
    "192.0.0.192",
    "168.63.129.16",
    "0377.0377.0377.0377",
    "0xffffffff",
    "4294967295",
    "[::ffff:ffff:ffff]",
    "[feef::1]",
    "[fc00::1]",
    "[::ffff:a9fe:a9fe]",
    "[64:ff9b::a9fe:a9fe]",
    "[2002:7f00:1::]",
    "10.0.0.1",
    "192.168.1.1",
  ])("refuses the address %s before anything is queued", (host) => {
    expect(refusalOf(`https://${host}/`)).toMatchObject({ code: "blocked_address", param: "webhook_url" });
  });

  it.each([
    "redis",
    "minio",
    "instance-data",
    "metadata.google.internal",
    "metadata.google.internal.",
    "db.internal",
    "printer.local",
    "kubernetes.default.svc",
    "api.default.svc.cluster.local",
  ])("says of %s that only a private network knows it, also with loopback opened", (host) => {
    expect(refusalOf(`https://${host}/`)).toMatchObject({ code: "blocked_address", param: "webhook_url" });
    expect(refusalOf(`https://${host}/`, { open: LOOPBACK }).message).toMatch(
      /^webhook_url names .* not a host on the public/,
    );
    expect(parse(`https://${host}/`, { open: ["10.0.0.0/8"] }).protocol).toBe("https:");
  });

  it.each([
    ["no URL", "not a url", "is not a URL"],
    ["nothing", "", "is not a URL"],
    ["a path", "/hook", "is not a URL"],
    ["no host", "https://", "is not a URL"],
    ["a number too large for an address", "https://256.0.0.1/", "is not a URL"],
    ["five numbers", "https://1.1.1.1.1/", "is not a URL"],
    ["2^32", "https://4294967296/", "is not a URL"],
    ["port 65536", "https://example.com:65536/", "is not a URL"],
    ["a zone id", "https://[fe80::1%25eth0]/", "is not a URL"],
    ["ftp", "ftp://example.com/", "must begin with https://"],
    ["file", "file:///etc/passwd", "must begin with https://"],
    ["gopher", "gopher://example.com/", "must begin with https://"],
    ["data", "data:text/plain,x", "must begin with https://"],
    ["javascript", "javascript:alert(1)", "must begin with https://"],
    ["a user", "https://user@example.com/", "user name or a password"],
    ["a password", "https://user:pw@example.com/", "user name or a password"],
    [
      "a public name as the user of a private address",
      "https://example.com@127.0.0.1/",
      "user name or a password",
    ],
    ["plain http", "http://example.com/", "must begin with https://"],
    ["plain http to an address", "http://93.184.215.14/", "must begin with https://"],
    ["2,049 characters", `https://example.com/${"a".repeat(2029)}`, "longer than 2048"],
  ])("refuses %s and says why", (_case, text, reason) => {
    const refusal = refusalOf(text);

    expect(refusal).toMatchObject({ code: "invalid_webhook_url", param: "webhook_url" });
    expect(refusal.message).toContain(reason);
  });

  it("takes 2,048 characters", () => {
    expect(() => parse(`https://example.com/${"a".repeat(2028)}`)).not.toThrow();
  });

  it.each([
    0, 1, 22, 25, 53, 110, 139, 389, 445, 993, 1023, 2375, 2379, 3306, 5432, 6379, 9042, 10250, 11211, 27017,
  ])("sends nothing to port %i, wherever it is", (port) => {
    expect(refusalOf(`https://example.com:${port}/`).message).toContain(`names port ${port}`);
    expect(refusalOf(`http://127.0.0.1:${port}/`, { open: LOOPBACK }).code).toBe("invalid_webhook_url");
  });

  it("sends to an operator's ports only, where some are named", () => {
    const setup = {
      ports: [
        { from: 443, to: 443 },
        { from: 6000, to: 6999 },
      ],
      allowHttp: true,
    };

    for (const url of ["https://example.com/", "https://example.com:6379/", "http://example.com:6000/"]) {
      expect(parse(url, setup).href).toBe(url);
    }
    for (const url of ["http://example.com/", "https://example.com:8443/", "https://example.com:7000/"]) {
      expect(refusalOf(url, setup).message).toContain("which webhooks are not sent to");
    }
  });

  it.each([
    "http://localhost:9000/hook",
    "http://127.0.0.1:9000/",
    "http://[::1]:9000/",
    "http://127.1:9000/",
    "https://localhost/",
  ])("takes %s where loopback is opened", (text) => {
    expect(parse(text, { open: LOOPBACK }).hostname).toMatch(/^(localhost|127\.0\.0\.1|\[::1\])$/);
  });

  it("takes localhost where only IPv4 loopback is opened", () => {
    expect(parse("http://localhost:9000/", { open: ["127.0.0.0/8"] }).port).toBe("9000");
    expect(refusalOf("http://[::1]:9000/", { open: ["127.0.0.0/8"] }).code).toBe("blocked_address");
  });

  it.each([
    "http://0.0.0.0:9000/",
    "http://[::ffff:127.0.0.1]:9000/",
    "http://[::]:9000/",
    "http://10.0.0.1:9000/",
  ])("does not take %s where loopback is opened", (text) => {
    expect(refusalOf(text, { open: LOOPBACK }).code).toBe("blocked_address");
  });

  it("takes plain http to an opened range, and to names only where it is allowed everywhere", () => {
    const open = ["10.20.0.0/16"];

    expect(parse("http://10.20.0.1:8080/", { open }).port).toBe("8080");
    expect(refusalOf("http://receiver.example/", { open }).message).toContain("must begin with https://");
    expect(refusalOf("http://minio:9000/", { open }).message).toContain("must begin with https://");
    expect(parse("http://minio:9000/", { open, allowHttp: true }).hostname).toBe("minio");
    expect(parse("http://receiver.example/", { allowHttp: true }).protocol).toBe("http:");
  });
});
