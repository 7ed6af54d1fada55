import { createHmac, randomBytes } from "node:crypto";
import { Agent } from "node:http";
import axios from "axios";

const key = randomBytes(32);
const client = axios.create({
  httpAgent: new Agent({ keepAlive: true, maxSockets: 256 }),
  maxRedirects: 0,
  transformRequest: [(data: unknown) => data],
  validateStatus: () => true,
});

/** The least that a sender does, as one would write it: signs the bytes and posts them with axios, through its own adapter. */
export async function signAndPost(url: string, id: string, text: string): Promise<void> {
  const body = Buffer.from(text);
  const seconds = Math.floor(Date.now() / 1000);
  const signature = createHmac("sha256", key).update(`${id}.${seconds}.`).update(body).digest("base64");
  const { status } = await client.post(url, body, {
    timeout: 10_000,
    headers: {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(seconds),
      "webhook-signature": `v1,${signature}`,
    },
  });
  if (status >= 300) throw new Error(`status ${status}`);
}
