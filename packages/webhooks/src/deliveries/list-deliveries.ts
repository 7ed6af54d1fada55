import type { Redis } from "ioredis";
import type { Keys } from "@herald/platform/redis/keys";
import { DELIVERY_FIELDS, parseDeliveryRecord, type Delivery } from "./delivery-record.ts";

export interface DeliveryQuery {
  readonly tenant: string;
  readonly status: Delivery["status"] | null;
  readonly endpointId: string | null;
  /** Of the event, as are both bounds. */
  readonly createdAfter: Date | null;
  readonly createdBefore: Date | null;
  readonly order: "newest_first" | "oldest_first";
  /** Where the page before ended. */
  readonly after: string | null;
  readonly limit: number;
}

export interface DeliveryPage {
  readonly deliveries: readonly Delivery[];
  readonly hasMore: boolean;
  readonly last: string | null;
}

/** Of one question. One list is read for two conditions, and what the other leaves over may be few among many. */
const MAX_LOOKED_AT = 1000;
const PLACE = /^\d{13}:([\w.-]{1,128})$/;

/** Where a delivery stands on each of its lists, as scripts write it. */
export function placeInList({ createdAt, deliveryId }: Delivery): string {
  return `${createdAt.getTime()}:${deliveryId}`;
}

/** Whether the text could be the `last` of a page. */
export function isPlaceInList(text: string): boolean {
  return PLACE.test(text);
}

/** A page of a tenant's deliveries, by the time of their events. It may be short, and have more after it. */
export async function listDeliveries(redis: Redis, keys: Keys, query: DeliveryQuery): Promise<DeliveryPage> {
  const { tenant, status, limit } = query;
  const deliveries: Delivery[] = [];
  let last = query.after;
  for (let lookedAt = 0; lookedAt < MAX_LOOKED_AT;) {
    const places = await readPlaces(redis, keys, { ...query, after: last, limit: limit + 1 });
    const batch = places.slice(0, limit);
    const records = await Promise.all(
      batch.map((place) =>
        redis.hmget(keys.delivery(tenant, PLACE.exec(place)?.[1] ?? ""), ...DELIVERY_FIELDS),
      ),
    );
    for (const [i, place] of batch.entries()) {
      last = place;
      lookedAt++;
      const delivery = parseDeliveryRecord(records[i] ?? []);
      if (delivery !== null && (status === null || delivery.status === status)) deliveries.push(delivery);
      if (deliveries.length === limit) return { deliveries, last, hasMore: i + 1 < places.length };
    }
    if (places.length <= limit) return { deliveries, last, hasMore: false };
  }
  return { deliveries, last, hasMore: true };
}

async function readPlaces(redis: Redis, keys: Keys, query: DeliveryQuery): Promise<readonly string[]> {
  const { tenant, endpointId, status, createdAfter, createdBefore, order, after, limit } = query;
  const part = endpointId ?? (status === "delivered" ? null : status); // Nearly all are: they have no list of their own.
  const list = part === null ? keys.deliveries(tenant) : keys.deliveriesOf(tenant, part);
  // What stands behind every place of that millisecond: ";" comes after ":".
  const min = createdAfter === null ? "-" : `[${timeInPlace(createdAfter)};`;
  const max = createdBefore === null ? "+" : `(${timeInPlace(createdBefore)}`;
  if (order === "newest_first") {
    const upper = after === null || (createdBefore !== null && max.slice(1) < after) ? max : `(${after}`;
    return redis.zrevrangebylex(list, upper, min, "LIMIT", 0, limit);
  }
  const lower = after === null || (createdAfter !== null && min.slice(1) > after) ? min : `(${after}`;
  return redis.zrangebylex(list, lower, max, "LIMIT", 0, limit);
}

/** As scripts write it: the times of all events have 13 digits, until the year 2286. A bound may lie beyond either end. */
const LAST_TIME = 9_999_999_999_999;

function timeInPlace(at: Date): string {
  return String(Math.min(Math.max(at.getTime(), 0), LAST_TIME)).padStart(13, "0");
}
