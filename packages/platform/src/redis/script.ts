import { createHash } from "node:crypto";
import type { Redis } from "ioredis";

/** A Lua script, sent by its hash: the text goes over the wire again only when Redis has forgotten it. */
export interface Script {
  readonly lua: string;
  readonly sha: string;
}

export function createScript(lua: string): Script {
  return { lua, sha: createHash("sha1").update(lua).digest("hex") };
}

export interface ScriptInput {
  readonly keys: readonly string[];
  readonly args: readonly string[];
}

export async function runScript(redis: Redis, { lua, sha }: Script, input: ScriptInput): Promise<unknown> {
  const { keys, args } = input;
  try {
    return await redis.evalsha(sha, keys.length, ...keys, ...args);
  } catch (error) {
    if (error instanceof Error && error.message.startsWith("NOSCRIPT")) {
      return await redis.eval(lua, keys.length, ...keys, ...args);
    }
    throw error;
  }
}
