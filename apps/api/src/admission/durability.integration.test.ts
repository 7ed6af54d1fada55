import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { findModernRedis, whyNoModernRedis } from "../../../../tests/support/modern-redis.ts";
import { createOwnRedis, type OwnRedis } from "../../../../tests/support/own-redis.ts";
import { waitFor } from "../../../../tests/support/wait.ts";
import { connectFailingFast } from "@herald/platform/redis/connect";
import { createDurability, undurableRedisFound, type Durability } from "./durability.ts";

const executable = findModernRedis();
if (executable === null) process.stderr.write(`${whyNoModernRedis}\n`);
const describeWithModernRedis = executable === null ? describe.skip : describe;

describeWithModernRedis("waiting for Redis's disk", () => {
  let server: OwnRedis;
  let redis: ReturnType<typeof connectFailingFast>;
  let durability: Durability;

  const all: Durability[] = [];

  async function openDurability(timeoutMs: number): Promise<Durability> {
    const opened = createDurability({ redis, mark: "mark", timeoutMs });
    all.push(opened);
    const isReady = () =>
      opened.confirm("job").then(
        () => true,
        () => false,
      );
    await waitFor(isReady); // Its connections are there.
    return opened;
  }

  beforeAll(async () => {
    server = await createOwnRedis({ executable: executable ?? "" });
    await server.start();
  });
  afterAll(() => server.stop());

  beforeEach(async () => {
    redis = connectFailingFast(server.url, () => undefined);
    await waitFor(() => redis.status === "ready");
    await redis.config("SET", "appendfsync", "everysec");
    await redis.set("job", "1");
    durability = await openDurability(1_500);
  });
  afterEach(async () => {
    server.thaw();
    for (const opened of all.splice(0)) await opened.stop();
    redis.disconnect();
  });

  it("vouches for nothing that Redis does not sync", async () => {
    await redis.config("SET", "appendfsync", "no");
    await redis.set("job", "2");

    await expect(durability.confirm("job")).rejects.toMatchObject({ code: "redis_unavailable" });
  });

  it("vouches for nothing that is not in the Redis that it asks, and for the rest of the batch", async () => {
    const [known, unknown] = await Promise.allSettled([
      durability.confirm("job"),
      durability.confirm("other"),
    ]);

    expect([known.status, unknown.status]).toEqual(["fulfilled", "rejected"]);
  });

  it("asks once for all who come together, and leaves the other connections alone", async () => {
    const countOf = async (command: string) =>
      Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(await redis.info("commandstats"))?.[1] ?? 0);
    const before = await countOf("waitaof");

    const confirmed = Promise.all(Array.from({ length: 500 }, () => durability.confirm("job")));
    const begun = performance.now();
    await redis.get("job");
    const readMs = performance.now() - begun;
    await confirmed;

    expect((await countOf("waitaof")) - before).toBeLessThanOrEqual(2);
    expect(readMs).toBeLessThan(500);
  });

  it("does not wait for a Redis that is frozen", async () => {
    const patient = await openDurability(60_000);
    await redis.config("SET", "appendfsync", "no");
    await redis.set("job", "3");

    const confirmed = patient.confirm("job");
    server.freeze();

    await expect(confirmed).rejects.toMatchObject({ code: "redis_unavailable" });
  });

  it("finds a Redis without an append-only file", async () => {
    const found = undurableRedisFound(redis);
    await redis.config("SET", "appendonly", "no");

    redis.disconnect(true);

    expect((await found).message).toMatch(/DURABLE_ACCEPT: .*appendonly no/);
  });
});
