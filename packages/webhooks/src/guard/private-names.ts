import { isIP } from "node:net";

// These say early and clearly what a resolver would show later; it is the addresses that decide.
const PRIVATE_SUFFIXES = [
  ".internal",
  ".local",
  ".localdomain",
  ".lan",
  ".home.arpa",
  ".svc",
  ".cluster.local",
];

/** localhost and all below it, which mean this machine to every resolver (RFC 6761). `host` has no dot at its end. */
export function isLocalhost(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost");
}

/** Names that only a private network can resolve, such as `redis`, `db.internal` or `kubernetes.default.svc`. */
export function isPrivateName(host: string): boolean {
  if (isIP(host) !== 0) {
    return false;
  }
  return !host.includes(".") || PRIVATE_SUFFIXES.some((suffix) => host.endsWith(suffix));
}
