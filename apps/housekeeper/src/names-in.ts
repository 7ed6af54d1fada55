import type { DeliveryRef, JobRef, RecoveryRef } from "@herald/platform/redis/keys";

/** What a log line calls a job, a delivery or a recovery. */
export function namesIn(ref: JobRef | DeliveryRef | RecoveryRef): Record<string, string> {
  const { tenant } = ref;
  if ("jobId" in ref) {
    return { tenant, job_id: ref.jobId };
  }
  return "deliveryId" in ref
    ? { tenant, delivery_id: ref.deliveryId }
    : { tenant, recovery_id: ref.recoveryId };
}
