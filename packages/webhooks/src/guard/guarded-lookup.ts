import type { LookupAddress } from "node:dns";
import type { LookupFunction } from "node:net";
import { AppError } from "@herald/shared/errors";
import type { AddressGuard } from "./address-guard.ts";
import { DeadlineError, withDeadline } from "@herald/shared/with-deadline";
import { isLocalhost } from "./private-names.ts";
import { createNameResolver, dnsFailure, type Resolve } from "./resolve-name.ts";

export interface GuardedLookupOptions {
  readonly resolve?: Resolve;
  readonly timeoutMs?: number;
}

const DNS_TIMEOUT_MS = 5_000;

/**
 * A lookup for `net.connect` and `tls.connect` that fails with `blocked_address` when any of a name's addresses is one we do
 * not call. What it hands out is what gets dialled, so no second answer can come in between. Sockets do not ask it about
 * hosts that are addresses already: those are for their caller to judge.
 */
export function createGuardedLookup(guard: AddressGuard, options: GuardedLookupOptions = {}): LookupFunction {
  const { resolve = createNameResolver(), timeoutMs = DNS_TIMEOUT_MS } = options;
  const resolveOnce = sharing(resolve);

  return (hostname, { all }, callback) => {
    within(timeoutMs, resolveOnce(hostname))
      .then((answers) => vet(hostname, answers, guard))
      .then(
        ([first, ...others]) => {
          if (all === true) callback(null, [first, ...others]);
          else callback(null, first.address, first.family);
        },
        (error: unknown) => {
          callback(error as NodeJS.ErrnoException, []);
        },
      );
  };
}

type Answers = [LookupAddress, ...LookupAddress[]];

function vet(hostname: string, answers: readonly LookupAddress[], guard: AddressGuard): Answers {
  const permitted = answers.filter(({ address }) => guard.permits(address));
  // Nobody else decides what localhost means, so where only its IPv4 side was opened, that side is taken.
  const isTolerated = isLocalhost(hostname.replace(/\.$/, "")) && permitted.length > 0;
  if (permitted.length < answers.length && !isTolerated) {
    throw new AppError("blocked_address", "the name leads to an address that is not public");
  }
  const [first, ...others] = permitted;
  if (first === undefined) {
    throw dnsFailure("ENOTFOUND", "the name has no address");
  }
  return [first, ...others];
}

/** Many attempts may wait for one name, and a name that hangs is asked for again and again. */
function sharing(resolve: Resolve): Resolve {
  const underWay = new Map<string, ReturnType<Resolve>>();

  return (hostname) => {
    const earlier = underWay.get(hostname);
    if (earlier !== undefined) {
      return earlier;
    }
    const answers = resolve(hostname).finally(() => underWay.delete(hostname));
    underWay.set(hostname, answers);
    return answers;
  };
}

async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  try {
    return await withDeadline(work, timeoutMs);
  } catch (error) {
    throw error instanceof DeadlineError ? dnsFailure("ETIMEOUT", error.message) : error;
  }
}
