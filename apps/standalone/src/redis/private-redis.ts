import { randomBytes } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Writable } from "node:stream";
import type { Stoppable } from "@herald/shared/stoppable";
import { LaunchError } from "../machine/launch-error.ts";
import { poll } from "../machine/poll.ts";
import { findFreePort } from "../machine/ports.ts";
import { supervise } from "../processes/supervise.ts";
import { ping } from "./client.ts";
import { endpointUrl, forgetEndpoint, rememberEndpoint, type RedisEndpoint } from "./endpoint.ts";
import { startKeeper } from "./keeper.ts";
import { stopLeftoverRedis } from "./leftover-redis.ts";
import { spawnRedis } from "./spawn-redis.ts";

export interface PrivateRedisOptions {
  /** A `redis-server` or `valkey-server`. */
  readonly executable: string;
  /** Where its data is, or will be: an absolute path. */
  readonly directory: string;
  readonly say: (line: string) => void;
  /** How long the processes of a killed run may still use the Redis that is found on this directory. */
  readonly leftoverGraceMs?: number;
  readonly signal?: AbortSignal;
}

export interface PrivateRedis extends Stoppable {
  /** Carries the password. Stays the same over restarts. */
  readonly url: string;
  /** Redis is kept until all who hold this have ended: pass it to every process that needs Redis. */
  readonly lifeline: Writable;
}

interface RedisServer extends Stoppable {
  readonly lifeline: Writable;
  /** Aborted at the first crash. */
  readonly crashed: AbortSignal;
}

// Redis reads its whole append-only file before it answers.
const LOADING_MS = 120_000;
const STOP_MS = 10_000;

/** Starts a Redis of our own on loopback and waits until it answers. Restarted when it crashes. */
export async function startPrivateRedis(options: PrivateRedisOptions): Promise<PrivateRedis> {
  const { directory, leftoverGraceMs = 0, signal } = options;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await stopLeftoverRedis(directory, { ...options, graceMs: leftoverGraceMs });
  const endpoint = { port: await findFreePort(), password: randomBytes(24).toString("hex") };
  await rememberEndpoint(directory, endpoint);

  const url = endpointUrl(endpoint);
  const server = startServer(options, endpoint);
  try {
    await untilAnswering(url, signal ? AbortSignal.any([server.crashed, signal]) : server.crashed);
  } catch (error) {
    await server.stop();
    signal?.throwIfAborted();
    throw new LaunchError(`${options.executable} did not start.\n${await endOfLog(directory)}`, {
      cause: error,
    });
  }
  return { url, lifeline: server.lifeline, stop: () => server.stop() };
}

function startServer(
  { executable, directory, say }: PrivateRedisOptions,
  endpoint: RedisEndpoint,
): RedisServer {
  const keeper = startKeeper();
  const crash = new AbortController();
  const supervised = supervise({
    spawn: () => {
      const child = spawnRedis(executable, directory, endpoint);
      keeper.watch(child.pid);
      return child;
    },
    graceMs: STOP_MS,
    onCrash: ({ reason }, restartInMs) => {
      keeper.watch(undefined);
      crash.abort();
      say(`redis ended (${reason}): starting it again in ${restartInMs / 1000} s`);
    },
  });
  return {
    lifeline: keeper.lifeline,
    crashed: crash.signal,
    async stop() {
      await supervised.stop();
      keeper.watch(undefined);
      await keeper.stop();
      await forgetEndpoint(directory);
    },
  };
}

async function untilAnswering(url: string, signal: AbortSignal): Promise<void> {
  const isAnswering = (): Promise<boolean> =>
    ping(url).then(
      () => true,
      () => false,
    );
  if (!(await poll(isAnswering, { timeoutMs: LOADING_MS, signal }))) {
    throw new Error(`no answer within ${LOADING_MS / 1000} s`);
  }
}

async function endOfLog(directory: string): Promise<string> {
  const log = await readFile(join(directory, "redis.log"), "utf8").catch(() => "");
  return log.trimEnd().split("\n").slice(-5).join("\n");
}
