import type { Redis } from "ioredis";
import { endpointStates } from "@herald/shared/jobs/job";
import { parseEndpointMember, type EndpointRef, type Keys } from "@herald/platform/redis/keys";
import { replaceHeaders } from "./replace-headers.ts";
import { sealedWith, type Sealer } from "@herald/shared/signing/sealer";
import { resealedHeaders } from "./endpoint-record.ts";

export interface ResealHeadersDeps {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly sealer: Sealer;
}

const SCAN_COUNT = 100;
/** Whoever still seals with the earlier key, because it was not restarted yet, must not keep us at it for ever. */
const MAX_PASSES = 5;

/** Seals every endpoint's headers with the current encryption key. Resolves to how many endpoints' that were. */
export async function resealHeaders(deps: ResealHeadersDeps): Promise<number> {
  const { redis, keys, sealer } = deps;
  let resealed = 0;
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const inUse = await redis.hkeys(keys.sealedSecrets);
    if (inUse.every((keyId) => keyId === sealer.keyIds[0])) break;
    // An endpoint that changes its state meanwhile may not be met in this pass.
    const inPass = await resealAll(deps);
    if (inPass === 0) break;
    resealed += inPass;
  }
  return resealed;
}

async function resealAll(deps: ResealHeadersDeps): Promise<number> {
  const { redis, keys } = deps;
  let resealed = 0;
  for (const state of endpointStates) {
    for await (const members of redis.sscanStream(keys.endpointsWithState(state), { count: SCAN_COUNT })) {
      for (const ref of (members as string[]).map(parseEndpointMember)) {
        if (await resealOne(ref, deps)) resealed++;
      }
    }
  }
  return resealed;
}

async function resealOne(ref: EndpointRef, { redis, keys, sealer }: ResealHeadersDeps): Promise<boolean> {
  const before = (await redis.hget(keys.endpoint(ref.tenant, ref.endpointId), "headers")) ?? "";
  if (before === "" || sealedWith(before) === sealer.keyIds[0]) {
    return false;
  }
  const after = resealedHeaders(before, ref, sealer);
  return (await replaceHeaders(redis, keys, { ...ref, before, after })) === "replaced";
}
