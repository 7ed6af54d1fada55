import { AppError } from "@herald/shared/errors";
import { isEndpointId, isRecoveryId } from "@herald/shared/webhooks/webhook-ids";
import type { EndpointStore } from "@herald/webhooks/endpoints/endpoint-store";
import {
  recoverableStatuses,
  type Recovery,
  type RecoveryStore,
} from "@herald/webhooks/recovery/recovery-store";
import type { Request, RequestHandler, Response } from "express";
import { z } from "zod";
import { tenantOf } from "../http/context.ts";
import { parseInput } from "../http/parse-input.ts";
import { endpointField } from "./list-deliveries.ts";
import { time } from "../http/query-fields.ts";

export interface RecoverRouteDeps {
  readonly recoveries: Pick<RecoveryStore, "start" | "find" | "end">;
  readonly endpoints: Pick<EndpointStore, "find">;
  readonly now: () => Date;
}

export const recoveryBody = z.strictObject({
  created_after: time.describe("Events from this time on are sent again."),
  created_before: time.optional().describe("Events before this time only. Without it, those up to now."),
  status: z
    .enum(recoverableStatuses)
    .default("failed")
    .describe("Deliveries that have this status are sent again."),
  endpoint: endpointField.optional().describe("Deliveries to this endpoint only."),
});

/** POST /v1/deliveries/recover: the housekeeper sends again what is asked for, at its rate. */
export function startRecovery({ recoveries, endpoints, now }: RecoverRouteDeps): RequestHandler {
  return async (req, res) => {
    const tenant = tenantOf(res);
    const { created_after, created_before = now(), status, endpoint } = parseInput(recoveryBody, req.body);
    if (created_after >= created_before) {
      throw new AppError("invalid_request", "created_after must be earlier than created_before", {
        param: "created_after",
      });
    }
    if (endpoint !== undefined && isEndpointId(endpoint) && !(await endpoints.find(tenant, endpoint))) {
      throw new AppError("endpoint_not_found", "there is no such endpoint", { param: "endpoint" });
    }
    const request = {
      tenant,
      deliveryStatus: status,
      endpointId: endpoint ?? null,
      createdAfter: created_after,
      createdBefore: created_before,
    };
    const recovery = await recoveries.start(request, now());
    res.status(202).location(`/v1/deliveries/recover/${recovery.recoveryId}`).json(present(recovery));
  };
}

/** GET /v1/deliveries/recover/:recovery_id */
export function getRecovery({ recoveries }: RecoverRouteDeps): RequestHandler {
  return async (req, res) => {
    res.json(present(await findRecovery(recoveries, req, res)));
  };
}

/** DELETE /v1/deliveries/recover/:recovery_id: what was sent again before stays so. Safe to repeat. */
export function cancelRecovery({ recoveries, now }: RecoverRouteDeps): RequestHandler {
  return async (req, res) => {
    const ref = await findRecovery(recoveries, req, res);
    await recoveries.end({ ref, status: "cancelled", now: now() });
    res.json(present(await findRecovery(recoveries, req, res)));
  };
}

async function findRecovery(
  recoveries: Pick<RecoveryStore, "find">,
  req: Request,
  res: Response,
): Promise<Recovery> {
  const recoveryId = String(req.params["recovery_id"]);
  const ref = { tenant: tenantOf(res), recoveryId };
  const recovery = isRecoveryId(recoveryId) ? await recoveries.find(ref) : null;
  if (recovery === null) {
    throw new AppError("recovery_not_found", "there is no such recovery", { param: "recovery_id" });
  }
  return recovery;
}

function present(recovery: Recovery) {
  const { after } = recovery;
  return {
    recovery_id: recovery.recoveryId,
    status: recovery.status,
    created_at: recovery.createdAt.toISOString(),
    finished_at: recovery.finishedAt?.toISOString() ?? null,
    filter: {
      created_after: recovery.createdAfter.toISOString(),
      created_before: recovery.createdBefore.toISOString(),
      status: recovery.deliveryStatus,
      endpoint: recovery.endpointId,
    },
    progress: {
      redelivered: recovery.redelivered,
      skipped: recovery.skipped,
      /** The event that it has come to. */
      reached: after === null ? null : new Date(Number.parseInt(after, 10)).toISOString(),
    },
  };
}
