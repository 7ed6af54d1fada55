import { queueNames, type QueueName } from "@herald/queue/queues/entries";
import type { Keys } from "@herald/platform/redis/keys";
import { QueueEvents } from "bullmq";
import { Redis } from "ioredis";

/** When work was begun, by Redis's clock. The queue's stream of events tells, also of entries that are gone. */
export interface Starts {
  of(queue: QueueName, id: string): readonly number[];
  stop(): Promise<void>;
}

export function watchStarts(redisUrl: string, keys: Keys): Starts {
  const starts = new Map<string, number[]>();
  const watched = [queueNames.synthesis, queueNames.webhookDelivery].map((queue) => {
    const connection = new Redis(redisUrl, { maxRetriesPerRequest: null, retryStrategy: () => 100 });
    connection.on("error", () => undefined);
    const events = new QueueEvents(queue, { connection, prefix: keys.queuePrefix });
    events.on("error", () => undefined);
    events.on("active", ({ jobId }, eventId) => {
      const key = `${queue} ${jobId}`;
      starts.set(key, [...(starts.get(key) ?? []), Number.parseInt(eventId)]);
    });
    return { connection, events };
  });
  return {
    of: (queue, id) => starts.get(`${queue} ${id}`) ?? [],
    async stop() {
      for (const { connection } of watched) connection.disconnect();
      await Promise.all(watched.map(({ events }) => events.close().catch(() => undefined)));
    },
  };
}
