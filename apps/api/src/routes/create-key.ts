import { generateApiKey, hashApiKey } from "@herald/shared/signing";
import { roles, type ApiKeyStore } from "@herald/shared/store";
import type { RequestHandler } from "express";
import { z } from "zod";
import { parseInput } from "../http/parse-input.ts";
import { parseLimits } from "./key-limits.ts";
import { presentKey } from "./present-key.ts";

export interface CreateKeyDeps {
  readonly apiKeys: Pick<ApiKeyStore, "create">;
  readonly now: () => Date;
}

const TENANT = /^[a-z0-9][a-z0-9_-]{0,62}$/;

const limit = z.int().min(1).max(1e12).optional();

export const createKeyBody = z.strictObject({
  tenant: z
    .string()
    .regex(TENANT, "must be 1 to 63 of a-z, 0-9, _ and -, and begin with a letter or a digit")
    .meta({
      expects: "1 to 63 of `a-z`, `0-9`, `_` and `-`, the first a letter or a digit",
      description: "Whose jobs the key makes and sees. A new name makes a new tenant.",
    }),
  role: z.enum(roles).describe("What the key may do: see [roles](#keys-and-roles)."),
  name: z.string().max(100).default("").describe("For you, to tell keys apart."),
  limits: z
    .strictObject({
      requests_per_minute: limit.describe("Jobs that the key may submit in a minute."),
      characters_per_minute: limit.describe("Characters that the key may submit in a minute."),
      max_pending_jobs: limit.describe("Jobs of the tenant that may wait when this key submits one."),
      characters_per_month: limit.describe(
        "Characters that the tenant may submit in a calendar month of UTC.",
      ),
    })
    .default({})
    .transform(parseLimits)
    .describe("See [limits.md](limits.md). What is left out is as the operator set it for all keys."),
});

/** POST /v1/keys */
export function createKey({ apiKeys, now }: CreateKeyDeps): RequestHandler {
  return async (req, res) => {
    const wanted = parseInput(createKeyBody, req.body);
    const key = generateApiKey();
    const known = await apiKeys.create({ ...wanted, hash: hashApiKey(key), now: now() });
    res.status(201).json({ ...presentKey(known), key });
  };
}
