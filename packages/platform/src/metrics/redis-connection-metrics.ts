import { Counter, Gauge, type Registry } from "prom-client";

/** What is looked at of a connection. */
export interface WatchedConnection {
  readonly status: string;
  on(event: "ready" | "close", listener: () => void): unknown;
}

/** This process's own way to Redis, which may be broken while everybody else's is not. */
export function createRedisConnectionMetrics(registry: Registry, redis: WatchedConnection): void {
  const registers = [registry];
  new Gauge({
    name: "herald_redis_connected",
    help: "1 while this process has a connection to Redis that can be used.",
    registers,
    collect() {
      this.set(redis.status === "ready" ? 1 : 0);
    },
  });
  const lost = new Counter({
    name: "herald_redis_connections_lost_total",
    help: "How often this process lost its connection to Redis.",
    registers,
  });
  let connected = redis.status === "ready";
  redis.on("ready", () => (connected = true));
  redis.on("close", () => {
    if (connected) lost.inc();
    connected = false;
  });
}
