export { createDeploymentReader } from "./read-deployment.ts";
export type { DeploymentState } from "./read-deployment.ts";
