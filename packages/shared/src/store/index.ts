export type { RateLeft } from "../redis/scripts/admit-job.ts";
export {
  createApiKeyStore,
  roles,
  type ApiKey,
  type ApiKeyStore,
  type NewApiKey,
  type Role,
} from "./api-key-store.ts";
export type { AttemptOutcome } from "./attempt-outcome.ts";
export { announceCancellation, listenForCancellations } from "./cancellations.ts";
export {
  createJob,
  enqueueJob,
  type CreatedJob,
  type CreateJobDeps,
  type JobSubmission,
} from "./create-job.ts";
export type { DeliveryAttempt } from "./delivery-attempt.ts";
export { deliveryStatuses, isOwnWebhook, type Delivery } from "./delivery-record.ts";
export { createDeliveryStore, type DeliveryStore } from "./delivery-store.ts";
export { checkEncryption } from "./encryption-check.ts";
export {
  createEndpointGate,
  type Admitted,
  type Departure,
  type EndpointGate,
  type EndpointLimits,
  type Entry,
  type Impression,
  type Turn,
  type WaitReason,
} from "./endpoint-gate.ts";
export { createEndpointHealth, type EndpointHealth } from "./endpoint-health.ts";
export type { Endpoint, EndpointChoices } from "./endpoint-record.ts";
export { createEndpointStore, type EndpointStore, type NewEndpoint } from "./endpoint-store.ts";
export { enqueueDelivery } from "./enqueue-delivery.ts";
export { enqueueOwed } from "./enqueue-owed.ts";
export { createFinishJob, type FinishJob } from "./finish-job.ts";
export { createJobStore, type Claim, type JobPage, type JobQuery, type JobStore } from "./job-store.ts";
export type { EndpointChange } from "./judge-streak.ts";
export { isPlaceInList, placeInList, type DeliveryQuery } from "./list-deliveries.ts";
export { createMemoryWatermark } from "./memory-watermark.ts";
export type { PresentedNotice } from "./notice-event.ts";
export {
  createRecoveryStore,
  recoverableStatuses,
  type Recovery,
  type RecoveryRequest,
  type RecoveryStore,
} from "./recovery-store.ts";
export { redeliver } from "./redeliver.ts";
export { createRefusalMemory } from "./refusal-memory.ts";
export { Refusal, refusalCodes, type RefusalCode } from "./refusal.ts";
export { createSendExamples, type SendExamples } from "./send-examples.ts";
export { createSigningKeyStore, type RotationRequest, type SigningKeyStore } from "./signing-key-store.ts";
export { createSigningKeys, type AttemptKeys, type SigningKeys } from "./signing-keys.ts";
export { createUpkeepStore, type UpkeepStore } from "./upkeep-store.ts";
export type { Listed, WorkList } from "./work-list.ts";
