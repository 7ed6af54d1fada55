import type { Redis } from "ioredis";
import { z } from "zod";
import { AppError } from "@herald/shared/errors";
import { newRecoveryId } from "@herald/shared/webhooks/webhook-ids";
import { count, textOrNull, time } from "@herald/platform/redis/record-fields";
import { parseRecoveryMember, type Keys, type RecoveryRef } from "@herald/platform/redis/keys";
import { advanceRecovery, type RecoveryStep } from "./advance-recovery.ts";
import { endRecovery, type RecoveryEnd } from "./end-recovery.ts";
import { startRecovery } from "./start-recovery.ts";

/** What a recovery may send again. */
export const recoverableStatuses = ["failed", "delivered", "parked"] as const;

export interface RecoveryRequest {
  readonly tenant: string;
  readonly deliveryStatus: (typeof recoverableStatuses)[number];
  readonly endpointId: string | null;
  /** Of the events; both ends are left out. */
  readonly createdAfter: Date;
  readonly createdBefore: Date;
}

/** Many deliveries on their way to being sent again, as much at a time as the housekeeper is allowed. */
export interface Recovery extends RecoveryRequest {
  readonly recoveryId: string;
  readonly status: "running" | "finished" | "cancelled";
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
  /** The place on its list up to which every delivery was looked at. */
  readonly after: string | null;
  readonly redelivered: number;
  /** Those that had been sent again meanwhile, whose job was gone, or that are parked for a disabled endpoint. */
  readonly skipped: number;
}

export interface RecoveryStore {
  /** Throws `recovery_running` while another one of the tenant's runs. */
  start(request: RecoveryRequest, now: Date): Promise<Recovery>;
  find(ref: RecoveryRef): Promise<Recovery | null>;
  /** Oldest first. */
  running(limit: number): Promise<readonly RecoveryRef[]>;
  advance(step: RecoveryStep): Promise<"applied" | "stale">;
  end(end: RecoveryEnd): Promise<"applied" | "stale">;
}

export function createRecoveryStore(redis: Redis, keys: Keys): RecoveryStore {
  return {
    async start(request, now) {
      const { tenant } = request;
      const recoveryId = newRecoveryId(now);
      const fields = fieldsOf(request, recoveryId, now);
      if ((await startRecovery(redis, keys, { ref: { tenant, recoveryId }, fields, now })) !== "started") {
        throw new AppError(
          "recovery_running",
          "a recovery is running already: wait for its end, or cancel it",
        );
      }
      return parse(fields);
    },
    async find({ tenant, recoveryId }) {
      const hash = await redis.hgetall(keys.recovery(tenant, recoveryId));
      return Object.keys(hash).length === 0 ? null : parse(hash);
    },
    async running(limit) {
      const members = await redis.zrange(keys.runningRecoveries, "0", String(limit - 1));
      return members.map(parseRecoveryMember);
    },
    advance: (step) => advanceRecovery(redis, keys, step),
    end: (end) => endRecovery(redis, keys, end),
  };
}

function fieldsOf(request: RecoveryRequest, recoveryId: string, now: Date): Record<string, string> {
  return {
    recovery_id: recoveryId,
    tenant: request.tenant,
    status: "running",
    delivery_status: request.deliveryStatus,
    endpoint_id: request.endpointId ?? "",
    created_after: String(request.createdAfter.getTime()),
    created_before: String(request.createdBefore.getTime()),
    created_at: String(now.getTime()),
  };
}

const recoveryRecord = z.object({
  recovery_id: z.string(),
  tenant: z.string(),
  status: z.enum(["running", "finished", "cancelled"]),
  delivery_status: z.enum(recoverableStatuses),
  endpoint_id: textOrNull,
  created_after: time,
  created_before: time,
  created_at: time,
  finished_at: time.optional(),
  after: z.string().optional(),
  redelivered: count.default(0),
  skipped: count.default(0),
});

function parse(hash: Record<string, string>): Recovery {
  const record = recoveryRecord.parse(hash);
  return {
    recoveryId: record.recovery_id,
    tenant: record.tenant,
    status: record.status,
    deliveryStatus: record.delivery_status,
    endpointId: record.endpoint_id,
    createdAfter: record.created_after,
    createdBefore: record.created_before,
    createdAt: record.created_at,
    finishedAt: record.finished_at ?? null,
    after: record.after ?? null,
    redelivered: record.redelivered,
    skipped: record.skipped,
  };
}
