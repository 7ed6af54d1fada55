import type { Redis } from "ioredis";
import { memberOf, parseMember, type JobRef } from "../redis/keys.ts";

export interface ListedJob {
  readonly ref: JobRef;
  readonly at: Date;
}

/** A list of jobs over all tenants, ordered by a date: when they were opened, or when they are due. */
export interface WorkList {
  /** By rank: the oldest has rank 0. */
  page(from: number, count: number): Promise<readonly ListedJob[]>;
  /** The oldest that are due, leaving out the first `skip`. */
  due(now: Date, page: { skip: number; limit: number }): Promise<readonly JobRef[]>;
  /** Does nothing for a job that is no longer listed. */
  postpone(ref: JobRef, until: Date): Promise<void>;
  drop(ref: JobRef): Promise<void>;
}

export function createWorkList(redis: Redis, key: string): WorkList {
  return {
    async page(from, count) {
      const flat = await redis.zrange(key, String(from), String(from + count - 1), "WITHSCORES");
      return pairs(flat).map(([member, score]) => ({
        ref: parseMember(member),
        at: new Date(Number(score)),
      }));
    },
    async due(now, { skip, limit }) {
      const members = await redis.zrangebyscore(key, "-inf", now.getTime(), "LIMIT", skip, limit);
      return members.map(parseMember);
    },
    async postpone(ref, until) {
      await redis.zadd(key, "XX", String(until.getTime()), memberOf(ref));
    },
    async drop(ref) {
      await redis.zrem(key, memberOf(ref));
    },
  };
}

function pairs(flat: readonly string[]): [string, string][] {
  return flat.flatMap((member, i) => (i % 2 === 0 ? [[member, flat[i + 1] ?? ""]] : []));
}
