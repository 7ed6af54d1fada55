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

const body = z.strictObject({
  tenant: z
    .string()
    .regex(TENANT, "must be 1 to 63 of a-z, 0-9, _ and -, and begin with a letter or a digit"),
  role: z.enum(roles),
  name: z.string().max(100).default(""),
  limits: z
    .strictObject({
      requests_per_minute: limit,
      characters_per_minute: limit,
      max_pending_jobs: limit,
      characters_per_month: limit,
    })
    .default({})
    .transform(parseLimits),
});

/** POST /v1/keys */
export function createKey({ apiKeys, now }: CreateKeyDeps): RequestHandler {
  return async (req, res) => {
    const wanted = parseInput(body, req.body);
    const key = generateApiKey();
    const known = await apiKeys.create({ ...wanted, hash: hashApiKey(key), now: now() });
    res.status(201).json({ ...presentKey(known), key });
  };
}
