import type { DeliveryRef, JobRef } from "@herald/shared/redis";

/** What a log line calls a job or a delivery. */
export function namesIn(ref: JobRef | DeliveryRef): Record<string, string> {
  const { tenant } = ref;
  return "jobId" in ref ? { tenant, job_id: ref.jobId } : { tenant, delivery_id: ref.deliveryId };
}
