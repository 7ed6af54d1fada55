import type { Redis } from "ioredis";
import { AppError } from "../errors.ts";
import { newEndpointId, type EndpointEvent } from "../job/index.ts";
import type { Keys } from "../redis/keys.ts";
import { insertEndpoint } from "../redis/scripts/insert-endpoint.ts";
import { endpointFields, parseEndpointRecord, type Endpoint } from "./endpoint-record.ts";

/** Each event is recorded once for each of them. */
export const MAX_ENDPOINTS = 20;

export interface NewEndpoint {
  readonly tenant: string;
  readonly url: string;
  readonly events: readonly EndpointEvent[];
  readonly description: string;
  readonly enabled: boolean;
  readonly now: Date;
}

export interface EndpointStore {
  /** Throws `too_many_endpoints`. */
  create(endpoint: NewEndpoint): Promise<Endpoint>;
  find(tenant: string, endpointId: string): Promise<Endpoint | null>;
  /** Oldest first. */
  list(tenant: string): Promise<readonly Endpoint[]>;
  remove(tenant: string, endpointId: string): Promise<"removed" | "missing">;
}

export function createEndpointStore(redis: Redis, keys: Keys): EndpointStore {
  async function find(tenant: string, endpointId: string): Promise<Endpoint | null> {
    return parseEndpointRecord(await redis.hgetall(keys.endpoint(tenant, endpointId)));
  }

  return {
    find,

    async create({ now, ...wanted }) {
      const endpoint: Endpoint = { ...wanted, endpointId: newEndpointId(now), createdAt: now };
      const { tenant, endpointId } = endpoint;
      const fields = endpointFields(endpoint);
      if (
        (await insertEndpoint(redis, keys, { tenant, endpointId, fields, limit: MAX_ENDPOINTS })) ===
        "too_many"
      ) {
        throw new AppError("too_many_endpoints", `a tenant may have at most ${MAX_ENDPOINTS} endpoints`);
      }
      return endpoint;
    },

    async list(tenant) {
      const ids = await redis.zrange(keys.endpoints(tenant), "0", "-1");
      const found = await Promise.all(ids.map((endpointId) => find(tenant, endpointId)));
      return found.filter((endpoint) => endpoint !== null);
    },

    async remove(tenant, endpointId) {
      const transaction = redis.multi();
      transaction.zrem(keys.endpoints(tenant), endpointId).del(keys.endpoint(tenant, endpointId));
      const [removed] = (await transaction.exec()) ?? [];
      if (removed?.[0] !== null) {
        throw removed?.[0] ?? new AppError("redis_unavailable", "the endpoint could not be removed");
      }
      return removed[1] === 1 ? "removed" : "missing";
    },
  };
}
