import { isIP, type Socket } from "node:net";
import { AppError } from "@herald/shared/errors";
import type { AddressGuard } from "@herald/webhooks/guard/address-guard";
import { createGuardedLookup } from "@herald/webhooks/guard/guarded-lookup";
import type { Resolve } from "@herald/webhooks/guard/resolve-name";
import { Agent, buildConnector } from "undici";
import { clockConnection } from "./connection-times.ts";

export interface GuardedAgentOptions {
  readonly guard: AddressGuard;
  readonly connectTimeoutMs: number;
  readonly resolve?: Resolve;
  readonly keepAliveMs?: number;
}

const KEEP_ALIVE_MS = 4_000;
const CONNECTIONS_PER_ORIGIN = 64;
/** A receiver that moves is followed, even when its old address is kept busy without a pause. */
const MAX_CONNECTION_AGE_MS = 60_000;
/** Node's 250 ms per address would give up on every address of a host on the other side of the world. */
const ADDRESS_TRIAL_MS = 1_000;

/**
 * An undici Agent that connects only where the guard permits: a name's addresses are judged as it is resolved for the very
 * connection, hosts that are addresses before the connection, and the peer once more after it. A pooled connection stays
 * with the address that was judged. An origin without connections is forgotten by the Agent.
 */
export function createGuardedAgent({ keepAliveMs, ...options }: GuardedAgentOptions): Agent {
  return new Agent({ ...poolOptions(keepAliveMs), connect: guardedConnector(options) });
}

/** Of an agent that sends webhooks, whichever way. */
export function poolOptions(keepAliveMs = KEEP_ALIVE_MS): Agent.Options {
  return {
    connections: CONNECTIONS_PER_ORIGIN,
    keepAliveTimeout: keepAliveMs,
    // A receiver may ask for less, never for more.
    keepAliveMaxTimeout: keepAliveMs,
    clientTtl: MAX_CONNECTION_AGE_MS,
    // The attempt's own deadline covers these waits; undici's would start anew with each chunk.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
}

function guardedConnector({
  guard,
  connectTimeoutMs,
  resolve,
}: GuardedAgentOptions): buildConnector.connector {
  // Its types say nothing of the socket that it returns as it begins.
  const connect = buildConnector({
    lookup: createGuardedLookup(guard, resolve === undefined ? {} : { resolve }),
    timeout: connectTimeoutMs,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: ADDRESS_TRIAL_MS,
  }) as unknown as (...args: Parameters<buildConnector.connector>) => Socket;

  return (target, callback) => {
    // Sockets ask lookup about names only.
    if (isIP(target.hostname) !== 0 && !guard.permits(target.hostname)) {
      callback(blocked(), null);
      return;
    }
    const connecting = connect(target, (error, socket) => {
      // After a failure undici passes no socket at all, whatever its types say.
      if (error !== null) {
        callback(error, null);
        return;
      }
      if (socket.remoteAddress !== undefined && !guard.permits(socket.remoteAddress)) {
        socket.destroy();
        callback(blocked(), null);
        return;
      }
      callback(null, socket);
    });
    clockConnection(connecting);
  };
}

function blocked(): AppError {
  return new AppError("blocked_address", "the address is not public");
}
