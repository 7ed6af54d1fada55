import { Worker } from "bullmq";
import { Redis } from "ioredis";
import { signAndPost } from "./bare-client.ts";

/** A plain BullMQ worker that signs and posts what stands in the entry, as a first version of such a service would be. */
const [redisUrl = "", queue = "", concurrency = "1"] = process.argv.slice(2);

const worker = new Worker<{ url: string; body: string }>(
  queue,
  async ({ id = "", data }) => signAndPost(data.url, id, data.body),
  { connection: new Redis(redisUrl, { maxRetriesPerRequest: null }), concurrency: Number(concurrency) },
);
await worker.waitUntilReady();
process.on("disconnect", () => process.exit());
process.send?.("ready");
