export { audioKeyOf } from "./audio-key.ts";
export { createdAtOf, firstJobIdAt, isJobId, newFence, newJobId } from "./ids.ts";
export { newJob, newJobRecord, parseJobRecord, type NewJob } from "./job-record.ts";
export type { JobAudio, JobError } from "./job-result.ts";
export {
  endpointEvents,
  endpointStates,
  MAX_RETRIES,
  priorities,
  type EndpointEvent,
  type EndpointState,
  type Job,
  type JobRequest,
  type NoticeEvent,
  type Priority,
  type WebhookEvent,
  type WebhookProgress,
  type WebhookStatus,
} from "./job.ts";
export { limitNames, type Limits } from "./limits.ts";
export { presentJob, type JobLinks, type PresentedJob } from "./present-job.ts";
export {
  cancel,
  complete,
  fail,
  isTerminal,
  jobStatuses,
  release,
  type ClaimedJob,
  type Ending,
  type JobChange,
  type JobStatus,
  type Spoken,
  type TerminalStatus,
} from "./status.ts";
export { countChars, synthesisRequestSchema, type SynthesisRequest } from "./synthesis-request.ts";
export {
  deliveryIdOf,
  endpointIdOfUrl,
  eventIdOf,
  isDeliveryId,
  isEndpointId,
  isRecoveryId,
  newEndpointId,
  newEventId,
  newRecoveryId,
} from "./webhook-ids.ts";
