/** Error codes with which Redis turns writes down: full, failing to persist, a replica, or short of replicas. */
export const WRITE_REFUSALS = ["OOM", "MISCONF", "READONLY", "NOREPLICAS"] as const;

/** What Redis tells of itself. Counts are since it started. */
export interface RedisState {
  readonly usedMemoryBytes: number;
  /** 0: Redis takes whatever the machine has. */
  readonly maxMemoryBytes: number;
  readonly evictedKeys: number;
  readonly refusedWrites: Readonly<Record<(typeof WRITE_REFUSALS)[number], number>>;
  /** Whether the latest write to the append-only file, its latest rewrite and the latest snapshot went well. */
  readonly persists: boolean;
  readonly appendOnly: boolean;
  readonly clients: number;
  readonly commands: number;
  readonly cpuSeconds: number;
  readonly uptimeSeconds: number;
}

/** Of INFO's answer. What a version of Redis does not tell counts as 0. */
export function parseRedisInfo(info: string): RedisState {
  const fields = new Map(
    info
      .split(/\r?\n/)
      .map((line) => /^([^#:]+):(.*)$/.exec(line))
      .map((match) => [match?.[1] ?? "", match?.[2] ?? ""]),
  );
  const number = (name: string): number => Number(fields.get(name) ?? 0);
  const isOk = (name: string): boolean => (fields.get(name) ?? "ok") === "ok";
  const refused = (code: string): number =>
    Number(/count=(\d+)/.exec(fields.get(`errorstat_${code}`) ?? "")?.[1] ?? 0);
  return {
    usedMemoryBytes: number("used_memory"),
    maxMemoryBytes: number("maxmemory"),
    evictedKeys: number("evicted_keys"),
    refusedWrites: {
      OOM: refused("OOM"),
      MISCONF: refused("MISCONF"),
      READONLY: refused("READONLY"),
      NOREPLICAS: refused("NOREPLICAS"),
    },
    persists: ["aof_last_write_status", "aof_last_bgrewrite_status", "rdb_last_bgsave_status"].every(isOk),
    appendOnly: fields.get("aof_enabled") === "1",
    clients: number("connected_clients"),
    commands: number("total_commands_processed"),
    cpuSeconds: number("used_cpu_sys") + number("used_cpu_user"),
    uptimeSeconds: number("uptime_in_seconds"),
  };
}
