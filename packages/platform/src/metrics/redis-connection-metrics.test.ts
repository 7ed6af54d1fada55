import { EventEmitter } from "node:events";
import { expect, it } from "@jest/globals";
import { Registry } from "prom-client";
import { createRedisConnectionMetrics } from "./redis-connection-metrics.ts";

it("tells whether there is a connection, and counts each loss of one, not each try", async () => {
  const registry = new Registry();
  const redis = Object.assign(new EventEmitter(), { status: "connecting" });
  createRedisConnectionMetrics(registry, redis);
  const become = (status: string): void => {
    redis.status = status;
    redis.emit(status);
  };

  for (const status of ["close", "ready", "close", "close", "ready"]) become(status);

  const text = await registry.metrics();
  expect(text).toContain("herald_redis_connected 1");
  expect(text).toContain("herald_redis_connections_lost_total 1");
});
