import { execFileSync } from "node:child_process";

/** Where a Redis of at least 7.2, or a Valkey, may be that is not the machine's own. */
const VARIABLE = "HERALD_TEST_MODERN_REDIS";

export const whyNoModernRedis = `Skipped: WAITAOF needs Redis 7.2, which this machine has not; ${VARIABLE} may name one.`;

/** The path of a Redis that knows WAITAOF; null when there is none here. */
export function findModernRedis(): string | null {
  const candidates = [process.env[VARIABLE], "valkey-server", "redis-server"];
  return candidates.find((name) => name !== undefined && isModern(name)) ?? null;
}

function isModern(executable: string): boolean {
  try {
    const told = execFileSync(executable, ["--version"], { encoding: "utf8" });
    const [, major = 0, minor = 0] = (/v=(\d+)\.(\d+)/.exec(told) ?? []).map(Number);
    return major > 7 || (major === 7 && minor >= 2);
  } catch {
    return false;
  }
}
