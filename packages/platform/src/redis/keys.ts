import type { EndpointState } from "@herald/shared/jobs/job";
import type { JobStatus } from "@herald/shared/jobs/status";

/** BullMQ's names for the parts of a queue. */
export type QueuePart =
  "wait" | "prioritized" | "active" | "delayed" | "failed" | "meta" | "id" | "marker" | "events" | "repeat";

/**
 * Every key of a deployment. All share one hash tag, so that scripts and transactions work on a Redis Cluster; a second
 * tag is a second deployment. Tenants are `[a-z0-9_-]`, so no tenant can reach into another's names.
 */
export function createKeys(tag: string) {
  const prefix = `{${tag}}`;
  return {
    /** BullMQ's own prefix: `{herald}:synthesis:wait` and so on. */
    queuePrefix: prefix,
    /** What BullMQ keeps of a queue as a whole, under the names that it chose. */
    queuePart: (queue: string, part: QueuePart) => `${prefix}:${queue}:${part}`,
    /** With the id left out, what the names of parts and entries begin with. */
    queueEntry: (queue: string, id: string) => `${prefix}:${queue}:${id}`,
    /** Stands while a worker has the entry, and lives on for seconds at most when that worker is lost. */
    entryLock: (queue: string, id: string) => `${prefix}:${queue}:${id}:lock`,

    job: (tenant: string, jobId: string) => `${prefix}:job:${tenant}:${jobId}`,
    /** The same, by how lists over all tenants name a job. */
    jobOfMember: (member: string) => `${prefix}:job:${member}`,
    text: (tenant: string, jobId: string) => `${prefix}:text:${tenant}:${jobId}`,
    /** Sorted sets of job ids, all scored 0: ids sort by creation time. */
    jobs: (tenant: string) => `${prefix}:jobs:${tenant}`,
    jobsWithStatus: (tenant: string, status: JobStatus) => `${prefix}:jobs:${tenant}:${status}`,
    /** Pub/sub channel on which a job's changes of status are announced. */
    jobNotes: (tenant: string, jobId: string) => `${prefix}:notes:${tenant}:${jobId}`,
    /** Pub/sub channel: a job was cancelled while a worker was at it. Messages are `tenant:job id`. */
    cancellations: `${prefix}:cancellations`,
    /** Hash: the virtual time of the fair queue. */
    fairClock: `${prefix}:fair-clock`,
    /** Hash of lane to where the tenant's line in it ends, in virtual time, and what is `free` before those ends. */
    fairLanes: (tenant: string) => `${prefix}:fair-lanes:${tenant}`,

    /** Hash: what an API key may still submit now. */
    rateBuckets: (keyId: string) => `${prefix}:rate:${keyId}`,
    /** Characters that the tenant submitted in a month, `2026-11`. */
    charsOfMonth: (tenant: string, month: string) => `${prefix}:chars:${tenant}:${month}`,
    idempotency: (tenant: string, keyHash: string) => `${prefix}:idempotency:${tenant}:${keyHash}`,

    /** Hash: a delivery, and each attempt at it in a field of its own. */
    delivery: (tenant: string, deliveryId: string) => `${prefix}:delivery:${tenant}:${deliveryId}`,

    /**
     * Sorted sets of a tenant's deliveries, as `ms of the event:delivery id`, all scored 0: all of them, and those of one
     * status, but for the delivered ones, or one endpoint. Scripts make the second name from the first.
     */
    deliveries: (tenant: string) => `${prefix}:deliveries:${tenant}`,
    deliveriesOf: (tenant: string, statusOrEndpoint: string) =>
      `${prefix}:deliveries:${tenant}:${statusOrEndpoint}`,
    /** What all deliveries together take, in bytes. */
    deliveryBytes: `${prefix}:delivery-bytes`,

    recovery: (tenant: string, recoveryId: string) => `${prefix}:recovery:${tenant}:${recoveryId}`,
    /** The id of the recovery that runs for a tenant, while one does. */
    runningRecovery: (tenant: string) => `${prefix}:running-recovery:${tenant}`,
    /** Sorted set of `tenant:recovery id`, scored by when they began. */
    runningRecoveries: `${prefix}:running-recoveries`,

    /**
     * Sorted set of a tenant's endpoint ids, all scored 0: ids sort by creation time. Scripts make the names of the three
     * keys below from this one.
     */
    endpoints: (tenant: string) => `${prefix}:endpoints:${tenant}`,
    endpoint: (tenant: string, endpointId: string) => `${prefix}:endpoints:${tenant}:${endpointId}`,
    /** Sorted sets of the endpoint's delivery ids, scored by when they were recorded: on their way, and parked. */
    endpointPending: (tenant: string, endpointId: string) =>
      `${prefix}:endpoints:${tenant}:${endpointId}:pending`,
    endpointParked: (tenant: string, endpointId: string) =>
      `${prefix}:endpoints:${tenant}:${endpointId}:parked`,

    /** How an endpoint does: its breaker, its pace, what is under way to it, and how its last attempts ended. */
    endpointState: (tenant: string, endpointId: string) => `${prefix}:endpoint-state:${tenant}:${endpointId}`,
    /** Sorted set of the deliveries that wait for their turn at an endpoint, scored by since when. */
    endpointWaiting: (tenant: string, endpointId: string) =>
      `${prefix}:endpoint-waiting:${tenant}:${endpointId}`,
    /** Sorted set of `tenant:endpoint id` whose breaker is open, scored by when the next probe is due. */
    openBreakers: `${prefix}:open-breakers`,

    /** Sets of `tenant:endpoint id`: every endpoint is in one of them. */
    endpointsWithState: (state: EndpointState) => `${prefix}:endpoints-with-state:${state}`,

    /** Sorted set of `tenant:endpoint id` whose deliveries are to be settled, scored by when they were deleted. */
    deletedEndpoints: `${prefix}:deleted-endpoints`,

    /** And those that were enabled while deliveries were parked for them, which are to be sent, scored by since when. */
    unparkingEndpoints: `${prefix}:unparking-endpoints`,

    /** Work lists of the housekeeper over all tenants: members are `tenant:job id`, scores are milliseconds. */
    openJobs: `${prefix}:open-jobs`,
    /** Of this one, members are `tenant:delivery id`. */
    openDeliveries: `${prefix}:open-deliveries`,
    /** And of this one, which is scored by when they were settled or parked. */
    settledDeliveries: `${prefix}:settled-deliveries`,
    /** Set of the parked ones among them. Scripts make this name from the one above. */
    parkedDeliveries: `${prefix}:settled-deliveries:parked`,
    audioExpiry: `${prefix}:audio-expiry`,
    recordExpiry: `${prefix}:record-expiry`,
    /** What the audio on the list of audio to expire takes, and how far a recount has come. */
    audioBytes: `${prefix}:audio-bytes`,
    audioRecount: `${prefix}:audio-recount`,
    /** Jobs that ended before any attempt: their queue entries may still wait. */
    looseEntries: `${prefix}:loose-entries`,
    /** Attempts that may have stored audio: members are `tenant:job id:fence`, listed when they are claimed. */
    attempts: `${prefix}:attempts`,
    /** Hash of list name to how far the housekeeper has looked through it. */
    cursors: `${prefix}:cursors`,

    /** Written only so that Redis's disk can be waited for. */
    durabilityMark: `${prefix}:durability-mark`,

    /** Hash of key id to the SHA-256 by which the key is looked up. */
    apiKeys: `${prefix}:api-keys`,
    apiKey: (hash: string) => `${prefix}:api-key:${hash}`,

    /** JSON list of the keys that sign an owner's webhooks, sealed. An owner is a tenant, or one endpoint of a tenant. */
    signingKeys: (owner: KeyOwner) => `${prefix}:signing-keys:${keyOwnerMemberOf(owner)}`,
    /** Set of the owners that have signing keys, as `tenant` or `tenant:endpoint id`. */
    signingKeyOwners: `${prefix}:signing-key-owners`,
    /** Hash of encryption key id to how many secrets are sealed with it. */
    sealedSecrets: `${prefix}:sealed-secrets`,

    /** Begins the counters of tests of a tenant's endpoints. */
    endpointTests: `${prefix}:endpoint-tests`,

    /** Begins the counters of attempts to sign in to the queue board. */
    signInAttempts: `${prefix}:sign-in`,

    /** Sorted set of live worker processes of a queue, scored by when they count as gone, by its clock. */
    workers: (queue: string) => `${prefix}:workers:${queue}`,
    /** Stands while a worker process has been heard of just now. */
    heartbeat: (queue: string, workerId: string) => `${prefix}:heartbeat:${queue}:${workerId}`,
    /** Set of the worker processes that have beaten and not said goodbye. */
    beatingWorkers: (queue: string) => `${prefix}:beating-workers:${queue}`,
    /** Hash of entry id to how often the worker that had it was lost. */
    losses: (queue: string) => `${prefix}:losses:${queue}`,
  };
}

export type Keys = ReturnType<typeof createKeys>;

/** Whose webhooks a signing key signs: all of a tenant's, or those of one endpoint that has keys of its own. */
export interface KeyOwner {
  readonly tenant: string;
  readonly endpointId?: string;
}

/** Names a job in a list that spans tenants. */
export interface JobRef {
  readonly tenant: string;
  readonly jobId: string;
}

/** Names a delivery in a list that spans tenants. */
export interface DeliveryRef {
  readonly tenant: string;
  readonly deliveryId: string;
}

/** Names an endpoint in a list that spans tenants. */
export interface EndpointRef {
  readonly tenant: string;
  readonly endpointId: string;
}

export function memberOf({ tenant, jobId }: JobRef): string {
  return `${tenant}:${jobId}`;
}

export function parseMember(member: string): JobRef {
  const [tenant, jobId] = splitMember(member);
  return { tenant, jobId };
}

export function deliveryMemberOf({ tenant, deliveryId }: DeliveryRef): string {
  return `${tenant}:${deliveryId}`;
}

export function parseDeliveryMember(member: string): DeliveryRef {
  const [tenant, deliveryId] = splitMember(member);
  return { tenant, deliveryId };
}

/** Names a recovery in the list that spans tenants. */
export interface RecoveryRef {
  readonly tenant: string;
  readonly recoveryId: string;
}

export function recoveryMemberOf({ tenant, recoveryId }: RecoveryRef): string {
  return `${tenant}:${recoveryId}`;
}

export function parseRecoveryMember(member: string): RecoveryRef {
  const [tenant, recoveryId] = splitMember(member);
  return { tenant, recoveryId };
}

export function endpointMemberOf({ tenant, endpointId }: EndpointRef): string {
  return `${tenant}:${endpointId}`;
}

export function parseEndpointMember(member: string): EndpointRef {
  const [tenant, endpointId] = splitMember(member);
  return { tenant, endpointId };
}

export function keyOwnerMemberOf({ tenant, endpointId }: KeyOwner): string {
  return endpointId === undefined ? tenant : `${tenant}:${endpointId}`;
}

export function parseKeyOwnerMember(text: string): KeyOwner {
  const [tenant = "", endpointId] = text.split(":");
  return endpointId === undefined ? { tenant } : { tenant, endpointId };
}

function splitMember(member: string): [tenant: string, id: string] {
  const at = member.indexOf(":");
  return [member.slice(0, at), member.slice(at + 1)];
}

/** Names one attempt at a job. Fences have no colon. */
export interface AttemptRef extends JobRef {
  readonly fence: string;
}

export function attemptMemberOf({ fence, ...ref }: AttemptRef): string {
  return `${memberOf(ref)}:${fence}`;
}

export function parseAttemptMember(member: string): AttemptRef {
  const at = member.lastIndexOf(":");
  return { ...parseMember(member.slice(0, at)), fence: member.slice(at + 1) };
}
