import type { AppError } from "@herald/shared/errors";
import type { ApiKey } from "../api-keys/api-key-store.ts";
import type { Response } from "express";

/** What is found out about a request on its way, for the routes and for the request's one log line. */
export interface RequestContext {
  readonly requestId: string;
  readonly receivedAt: number;
  /** Whose jobs the request may see: known from the key, or from a signed link. */
  tenant: string | null;
  key: ApiKey | null;
  /** SHA-256 of the key, under which it is stored. */
  keyHash: string | null;
  jobId: string | null;
  /** A name for routes that are not Herald's own; null: the pattern that took the request. */
  route: string | null;
  /** What the error envelope said, or what cut the answer off. */
  failure: AppError | null;
}

const CONTEXT = "context";

export function openContext(res: Response, requestId: string): void {
  const receivedAt = performance.now();
  const unknown = { tenant: null, key: null, keyHash: null, jobId: null, route: null, failure: null };
  res.locals[CONTEXT] = { requestId, receivedAt, ...unknown } satisfies RequestContext;
}

export function contextOf(res: Response): RequestContext {
  return res.locals[CONTEXT] as RequestContext;
}

/** The tenant of whoever `authenticate` let in. Every route behind it has one. */
export function tenantOf(res: Response): string {
  const { tenant } = contextOf(res);
  if (tenant === null) {
    throw new Error("this route is mounted without authenticate");
  }
  return tenant;
}

/** The key of whoever `authenticate` let in. */
export function keyOf(res: Response): ApiKey {
  const { key } = contextOf(res);
  if (key === null) {
    throw new Error("this route is mounted without authenticate");
  }
  return key;
}
