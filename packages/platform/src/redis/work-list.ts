import type { Redis } from "ioredis";
import {
  attemptMemberOf,
  deliveryMemberOf,
  endpointMemberOf,
  memberOf,
  parseAttemptMember,
  parseDeliveryMember,
  parseEndpointMember,
  parseMember,
  type AttemptRef,
  type DeliveryRef,
  type EndpointRef,
  type JobRef,
} from "./keys.ts";
import { postpone } from "./postpone.ts";

export interface Listed<Ref> {
  readonly ref: Ref;
  readonly at: Date;
}

export type ListedJob = Listed<JobRef>;

/** A list of jobs, deliveries or endpoints over all tenants, ordered by a date: when they were opened, or when they are due. */
export interface WorkList<Ref = JobRef> {
  /** By rank: the oldest has rank 0. */
  page(from: number, count: number): Promise<readonly Listed<Ref>[]>;
  /** The oldest that are due, leaving out the first `skip`. */
  due(now: Date, page: { skip: number; limit: number }): Promise<readonly Ref[]>;
  /** Does nothing for one that is no longer listed. */
  postpone(ref: Ref, until: Date): Promise<void>;
  drop(ref: Ref): Promise<void>;
}

/** How a list names what is on it. */
export interface Members<Ref> {
  readonly write: (ref: Ref) => string;
  readonly parse: (member: string) => Ref;
}

export const jobMembers: Members<JobRef> = { write: memberOf, parse: parseMember };
export const deliveryMembers: Members<DeliveryRef> = { write: deliveryMemberOf, parse: parseDeliveryMember };
export const attemptMembers: Members<AttemptRef> = { write: attemptMemberOf, parse: parseAttemptMember };
export const endpointMembers: Members<EndpointRef> = {
  write: endpointMemberOf,
  parse: parseEndpointMember,
};

export function createWorkList<Ref>(redis: Redis, key: string, members: Members<Ref>): WorkList<Ref> {
  return {
    async page(from, count) {
      const flat = await redis.zrange(key, String(from), String(from + count - 1), "WITHSCORES");
      return pairs(flat).map(([member, score]) => ({
        ref: members.parse(member),
        at: new Date(Number(score)),
      }));
    },
    async due(now, { skip, limit }) {
      const found = await redis.zrangebyscore(key, "-inf", now.getTime(), "LIMIT", skip, limit);
      return found.map(members.parse);
    },
    postpone: (ref, until) => postpone(redis, key, { member: members.write(ref), until }),
    async drop(ref) {
      await redis.zrem(key, members.write(ref));
    },
  };
}

function pairs(flat: readonly string[]): [string, string][] {
  return flat.flatMap((member, i) => (i % 2 === 0 ? [[member, flat[i + 1] ?? ""]] : []));
}
