import type { KeyObject } from "node:crypto";
import { BoundedMap } from "@herald/platform/bounded-map";
import type { KeyOwner } from "@herald/platform/redis/keys";
import { ed25519PrivateKey } from "@herald/shared/signing/ed25519";
import { isLive, type SigningKey } from "@herald/shared/signing/key-rotation";
import type { OpenSigningKey, SigningKeyStore } from "./signing-key-store.ts";

/** What one attempt is signed with, newest first: one signature for each. */
export interface AttemptKeys {
  readonly keys: readonly Buffer[];
  readonly privateKeys: readonly KeyObject[];
}

/** For whoever sends webhooks. */
export interface SigningKeys {
  of(owner: KeyOwner): Promise<AttemptKeys>;
}

export interface SigningKeysDeps {
  readonly store: Pick<SigningKeyStore, "live">;
  readonly now: () => Date;
}

/** A rotation shows within this time. An expiry shows at once: it is known beforehand. */
const KEPT_MS = 1000;
/** Secrets in memory are for the owners of the moment. */
const MAX_OWNERS = 1000;

interface Kept {
  readonly readAt: number;
  readonly live: Promise<readonly ReadyKey[]>;
}

type ReadyKey = Pick<SigningKey, "expiresAt"> &
  (
    | { readonly version: "v1"; readonly secret: Buffer }
    | { readonly version: "v1a"; readonly privateKey: KeyObject }
  );

/** Keeps what it read for a second, so that a burst of deliveries asks Redis once. */
export function createSigningKeys({ store, now }: SigningKeysDeps): SigningKeys {
  const kept = new BoundedMap<string, Kept>(MAX_OWNERS);

  function read(name: string, owner: KeyOwner, at: Date): Promise<readonly ReadyKey[]> {
    const live = store.live(owner, at).then((keys) => keys.map(makeReady));
    const entry = { readAt: at.getTime(), live };
    kept.set(name, entry);
    // A failure is the next delivery's to find again, not its to inherit.
    live.catch(() => kept.get(name) === entry && kept.delete(name));
    return live;
  }

  return {
    async of(owner) {
      const at = now();
      const name = `${owner.tenant}:${owner.endpointId ?? ""}`;
      const known = kept.get(name);
      const isFresh = known !== undefined && at.getTime() - known.readAt < KEPT_MS;
      return signingNow(await (isFresh ? known.live : read(name, owner, at)), at);
    },
  };
}

function makeReady(key: OpenSigningKey): ReadyKey {
  const { expiresAt, version, secret } = key;
  return version === "v1"
    ? { expiresAt, version, secret }
    : { expiresAt, version, privateKey: ed25519PrivateKey(secret) };
}

function signingNow(ready: readonly ReadyKey[], at: Date): AttemptKeys {
  const live = ready.filter(({ expiresAt }) => isLive({ expiresAt }, at.getTime()));
  return {
    keys: live.flatMap((key) => (key.version === "v1" ? [key.secret] : [])),
    privateKeys: live.flatMap((key) => (key.version === "v1a" ? [key.privateKey] : [])),
  };
}
