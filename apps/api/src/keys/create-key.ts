import { generateApiKey, hashApiKey } from "@herald/shared/signing/api-key";
import { roles, type ApiKeyStore } from "../api-keys/api-key-store.ts";
import type { RequestHandler } from "express";
import { z } from "zod";
import { parseInput } from "../http/parse-input.ts";
import { limitsSchema } from "./key-limits.ts";
import { presentKey } from "./present-key.ts";

export interface CreateKeyDeps {
  readonly apiKeys: Pick<ApiKeyStore, "create">;
  /** Of all tenants. */
  readonly maxPendingJobs: number;
  readonly now: () => Date;
}

const TENANT = /^[a-z0-9][a-z0-9_-]{0,62}$/;

/** `maxPendingJobs` as in CreateKeyDeps. */
export function createKeyBody(terms: Pick<CreateKeyDeps, "maxPendingJobs">) {
  return z.strictObject({
    tenant: z
      .string()
      .regex(TENANT, "must be 1 to 63 of a-z, 0-9, _ and -, and begin with a letter or a digit")
      .meta({
        expects: "1 to 63 of `a-z`, `0-9`, `_` and `-`, the first a letter or a digit",
        description: "Whose jobs the key makes and sees. A new name makes a new tenant.",
      }),
    role: z.enum(roles).describe("What the key may do: see [roles](#keys-and-roles)."),
    name: z.string().max(100).default("").describe("For you, to tell keys apart."),
    limits: limitsSchema(terms)
      .default({})
      .describe("See [limits.md](limits.md). What is left out is as the operator set it for all keys."),
  });
}

/** POST /v1/keys */
export function createKey({ apiKeys, maxPendingJobs, now }: CreateKeyDeps): RequestHandler {
  const body = createKeyBody({ maxPendingJobs });
  return async (req, res) => {
    const wanted = parseInput(body, req.body);
    const key = generateApiKey();
    const known = await apiKeys.create({ ...wanted, hash: hashApiKey(key), now: now() });
    res.status(201).json({ ...presentKey(known), key });
  };
}
