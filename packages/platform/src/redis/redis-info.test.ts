import { expect, it } from "@jest/globals";
import { parseRedisInfo } from "./redis-info.ts";

const INFO = [
  "# Memory",
  "used_memory:1048576",
  "maxmemory:2097152",
  "aof_enabled:1",
  "aof_last_write_status:ok",
  "rdb_last_bgsave_status:ok",
  "used_cpu_sys:1.5",
  "used_cpu_user:2.25",
  "errorstat_OOM:count=7",
  "errorstat_ERR:count=90",
  "",
].join("\r\n");

it("reads memory, processor time and the writes that were refused", () => {
  expect(parseRedisInfo(INFO)).toMatchObject({
    usedMemoryBytes: 1048576,
    maxMemoryBytes: 2097152,
    cpuSeconds: 3.75,
    refusedWrites: { OOM: 7, MISCONF: 0, READONLY: 0, NOREPLICAS: 0 },
    appendOnly: true,
    persists: true,
  });
});

it.each(["aof_last_write_status", "aof_last_bgrewrite_status", "rdb_last_bgsave_status"])(
  "does not call it persisting when %s is err",
  (field) => {
    expect(parseRedisInfo(`${INFO}${field}:err\r\n`).persists).toBe(false);
  },
);

it("counts what an older Redis does not tell as 0", () => {
  expect(parseRedisInfo("used_memory:5\r\n")).toMatchObject({
    evictedKeys: 0,
    refusedWrites: { OOM: 0 },
    persists: true,
    appendOnly: false,
  });
});
