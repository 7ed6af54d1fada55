import { randomUUID } from "node:crypto";
import type { AddressInfo } from "node:net";
import { Queue } from "bullmq";
import express from "express";
import { z } from "zod";

/** What Herald's admission is measured against: the same body, checked and put into a queue, and nothing else. */
const [redisUrl = ""] = process.argv.slice(2);
const queue = new Queue("bare", { connection: { url: redisUrl }, prefix: "{bare}" });
const body = z.strictObject({ text: z.string().min(1).max(200_000), format: z.enum(["mp3", "wav"]) });

const app = express();
app.post("/v1/tts/async", express.json({ limit: "2mb" }), async (req, res) => {
  const request = body.parse(req.body);
  const job = await queue.add("speak", request, { jobId: randomUUID() });
  res.status(202).json({ job_id: job.id, status: "pending" });
});

const server = app.listen(0, "127.0.0.1", () => {
  process.send?.((server.address() as AddressInfo).port);
});
process.once("disconnect", () => process.exit());
