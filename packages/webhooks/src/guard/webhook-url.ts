import type { ErrorCode } from "@herald/shared/error-kinds";
import { AppError } from "@herald/shared/errors";
import type { AddressGuard } from "./address-guard.ts";
import { familyOf } from "./ip-address.ts";
import { isLocalhost, isPrivateName } from "./private-names.ts";

export interface WebhookUrlRules {
  readonly guard: AddressGuard;
  /** Whether plain http may go anywhere, and not only to ranges that an operator opened. */
  readonly allowHttp: boolean;
  /** Where webhooks may go, in place of every port but those that other protocols own. */
  readonly ports?: readonly PortRange[];
}

/** Both ends belong to it. */
export interface PortRange {
  readonly from: number;
  readonly to: number;
}

const MAX_URL_CHARS = 2048;

// Other protocols' ports, where the text of an HTTP request might be taken for commands.
const FOREIGN_PORTS: ReadonlySet<number> = new Set([
  1433, 1521, 1883, 2049, 2181, 2375, 2376, 2379, 2380, 3306, 3389, 4369, 5432, 5672, 5900, 5901, 6000, 6379,
  6380, 6665, 6666, 6667, 6668, 6669, 6697, 9042, 9092, 10250, 10255, 11211, 16379, 26379, 27017, 27018,
  27019,
]);
const PRIVILEGED_PORTS_UP_TO = 1023;

/**
 * A URL that may be called, as far as one can tell before its name is resolved: the addresses behind a name are judged
 * when it is dialled (guarded-lookup.ts). Throws `invalid_webhook_url` or `blocked_address`.
 */
export function parseWebhookUrl(text: string, { guard, allowHttp, ports = [] }: WebhookUrlRules): URL {
  const url = parse(text);
  assertPort(url, ports);
  assertHost(hostOf(url), guard);
  if (url.protocol === "http:" && !allowHttp && !opensPlainHttp(hostOf(url), guard)) {
    throw refusal("invalid_webhook_url", "must begin with https://");
  }
  url.hash = "";
  return url;
}

// Only what the URL standard makes of the text is looked at: to it, 0x7f.1 and 2130706433 are 127.0.0.1.
function parse(text: string): URL {
  if (text.length > MAX_URL_CHARS) {
    throw refusal("invalid_webhook_url", `must not be longer than ${MAX_URL_CHARS} characters`);
  }
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null) {
    throw refusal("invalid_webhook_url", "is not a URL: write it like https://example.com/hook");
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw refusal("invalid_webhook_url", "must begin with https://");
  }
  if (url.username !== "" || url.password !== "") {
    throw refusal("invalid_webhook_url", "must not hold a user name or a password");
  }
  return url;
}

function assertPort({ port, protocol }: URL, ports: readonly PortRange[]): void {
  // The URL standard leaves the protocol's own port out.
  const number = port === "" ? STANDARD_PORT[protocol] : Number(port);
  if (number === undefined || !permitsPort(number, ports)) {
    throw refusal("invalid_webhook_url", `names port ${number}, which webhooks are not sent to`);
  }
}

const STANDARD_PORT: Readonly<Record<string, number>> = { "https:": 443, "http:": 80 };

function permitsPort(port: number, ports: readonly PortRange[]): boolean {
  if (ports.length > 0) {
    return ports.some(({ from, to }) => port >= from && port <= to);
  }
  return port === 443 || port === 80 || (port > PRIVILEGED_PORTS_UP_TO && !FOREIGN_PORTS.has(port));
}

function assertHost(host: string, guard: AddressGuard): void {
  if (isLocalhost(host) ? !opensLoopback(guard) : isPrivateName(host) && !guard.opensPrivateNames) {
    throw refusal("blocked_address", `names ${host}, which is not a host on the public Internet`);
  }
  if (familyOf(host) !== null && !guard.permits(host)) {
    throw refusal("blocked_address", `leads to ${host}, which is not a public address`);
  }
}

/** Of names, only localhost says where it leads; for the others plain http waits for `allowHttp`. */
function opensPlainHttp(host: string, guard: AddressGuard): boolean {
  return isLocalhost(host) ? opensLoopback(guard) : guard.opensPlainHttp(host);
}

function opensLoopback(guard: AddressGuard): boolean {
  return guard.opensPlainHttp("127.0.0.1") || guard.opensPlainHttp("::1");
}

/** Without the brackets of an IPv6 address and the dot that may end a name. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
}

function refusal(code: ErrorCode, reason: string): AppError {
  return new AppError(code, `webhook_url ${reason}`, { param: "webhook_url" });
}
