export { createDeploymentReader } from "./read-deployment.ts";
export type { DeploymentState, QueueState } from "./read-deployment.ts";
export { WRITE_REFUSALS, type RedisState } from "./redis-info.ts";
