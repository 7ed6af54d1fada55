import { readFileSync } from "node:fs";
import type { LookupAddress } from "node:dns";
import { lookup, Resolver } from "node:dns/promises";
import { isLocalhost, isPrivateName } from "./private-names.ts";

/** Every address of a name. Rejects like `dns.lookup` when there is none. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

export interface NameResolverOptions {
  /** As `resolver.setServers` takes them; the system's if none are given. */
  readonly servers?: readonly string[];
  readonly hostsFile?: string;
  readonly system?: Resolve;
}

// With the second try, which waits twice as long, within what a lookup may take.
const TRY = { timeout: 1_500, tries: 2 };

/**
 * Asks DNS without a thread for each question. The system's own resolver has two threads for all of them, so that two names
 * whose servers never answer would keep every other from being resolved. It is asked for names that only it can know: those of
 * the hosts file, localhost, and those of a private network, with its search list.
 */
export function createNameResolver(options: NameResolverOptions = {}): Resolve {
  const { servers, hostsFile = "/etc/hosts", system = resolveWithSystem } = options;
  const listed = namesIn(hostsFile);
  return async (hostname) => {
    const name = hostname.toLowerCase().replace(/\.$/, "");
    if (listed.has(name) || isLocalhost(name) || isPrivateName(name)) {
      return system(hostname);
    }
    // Of its own for each name: it reads the system's configuration as it is now, and takes 0.2 ms.
    const resolver = new Resolver(TRY);
    if (servers !== undefined) resolver.setServers(servers);
    return bothFamilies(name, resolver);
  };
}

function resolveWithSystem(hostname: string): Promise<LookupAddress[]> {
  return lookup(hostname, { all: true, order: "verbatim" });
}

/** IPv4 first: a container often has no way out over IPv6. */
async function bothFamilies(name: string, resolver: Resolver): Promise<readonly LookupAddress[]> {
  const [v4, v6] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  const found = [addressesIn(v4, 4), addressesIn(v6, 6)].flat();
  if (found.length === 0) throw failureOf([v4, v6]);
  return found;
}

type Answer = PromiseSettledResult<string[]>;

function addressesIn(answer: Answer, family: 4 | 6): readonly LookupAddress[] {
  return answer.status === "fulfilled" ? answer.value.map((address) => ({ address, family })) : [];
}

/** That a name has no address of one family says less than what went wrong with the other. */
function failureOf(answers: readonly Answer[]): NodeJS.ErrnoException {
  const errors = answers.flatMap((answer) =>
    answer.status === "rejected" ? [answer.reason as NodeJS.ErrnoException] : [],
  );
  const telling = errors.find(({ code }) => code !== "ENODATA" && code !== "ENOTFOUND");
  if (telling !== undefined) return dnsFailure(telling.code ?? "ESERVFAIL", telling.message);
  return dnsFailure("ENOTFOUND", "the name has no address");
}

/** Shaped like what `dns.lookup` throws, so that all failures to resolve a name are alike. */
export function dnsFailure(code: string, message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code, syscall: "getaddrinfo" });
}

function namesIn(hostsFile: string): ReadonlySet<string> {
  const lines = readIfThere(hostsFile).split("\n");
  return new Set(
    lines.flatMap((line) => {
      const [, ...names] = line.replace(/#.*/, "").trim().toLowerCase().split(/\s+/);
      return names;
    }),
  );
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
