import type { Redis } from "ioredis";
import { AppError } from "@herald/shared/errors";
import type { Keys } from "@herald/platform/redis/keys";
import { deleteEndpoint } from "./delete-endpoint.ts";
import { insertEndpoint } from "./insert-endpoint.ts";
import { updateEndpoint } from "./update-endpoint.ts";
import type { Sealer } from "@herald/shared/signing/sealer";
import { choiceFields, parseEndpointRecord, type Endpoint, type EndpointChoices } from "./endpoint-record.ts";
import { resealHeaders } from "./reseal-headers.ts";

/** Each event is recorded once for each of them. */
export const MAX_ENDPOINTS = 20;

export interface NewEndpoint extends EndpointChoices {
  readonly endpointId: string;
  readonly tenant: string;
  readonly now: Date;
}

export interface EndpointStoreDeps {
  readonly redis: Redis;
  readonly keys: Keys;
  /** Headers are kept sealed. */
  readonly sealer: Sealer;
}

export interface EndpointStore {
  /** Throws `too_many_endpoints`. */
  create(endpoint: NewEndpoint): Promise<void>;
  find(tenant: string, endpointId: string): Promise<Endpoint | null>;
  /** Oldest first. */
  list(tenant: string): Promise<readonly Endpoint[]>;
  /** Enabling clears the reason for which it was disabled; that and another URL, what is known of failures. */
  update(
    tenant: string,
    endpointId: string,
    changes: Partial<EndpointChoices>,
  ): Promise<"updated" | "missing">;
  /** What is still owed to it is settled afterwards, by the housekeeper. */
  remove(tenant: string, endpointId: string, now: Date): Promise<"removed" | "missing">;
  /** Seals headers that an earlier encryption key sealed with the current one. Resolves to how many endpoints' that were. */
  reseal(): Promise<number>;
}

export function createEndpointStore({ redis, keys, sealer }: EndpointStoreDeps): EndpointStore {
  async function find(tenant: string, endpointId: string): Promise<Endpoint | null> {
    return parseEndpointRecord(await redis.hgetall(keys.endpoint(tenant, endpointId)), sealer);
  }

  return {
    find,

    async create({ endpointId, tenant, now, ...choices }) {
      const names = { tenant, endpointId };
      const fields = {
        endpoint_id: endpointId,
        tenant,
        created_at: String(now.getTime()),
        ...choiceFields(choices, names, sealer),
      };
      const outcome = await insertEndpoint(redis, keys, { ...names, fields, limit: MAX_ENDPOINTS });
      if (outcome === "too_many") {
        throw new AppError("too_many_endpoints", `there are ${MAX_ENDPOINTS} endpoints, and no more may be`, {
          param: "url",
        });
      }
    },

    async list(tenant) {
      const ids = await redis.zrange(keys.endpoints(tenant), "0", "-1");
      const found = await Promise.all(ids.map((endpointId) => find(tenant, endpointId)));
      return found.filter((endpoint) => endpoint !== null);
    },

    async update(tenant, endpointId, changes) {
      const names = { tenant, endpointId };
      const fields = choiceFields(changes, names, sealer);
      if (Object.keys(fields).length === 0) {
        return (await find(tenant, endpointId)) === null ? "missing" : "updated";
      }
      return updateEndpoint(redis, keys, { ...names, fields });
    },

    remove: (tenant, endpointId, now) => deleteEndpoint(redis, keys, { tenant, endpointId, now }),

    reseal: () => resealHeaders({ redis, keys, sealer }),
  };
}
