import { openBoardSession, sealBoardSession, type BoardSession } from "./board-session.ts";
import type { CookieOptions, Request, Response } from "express";

export interface SessionCookieOptions {
  /** Derives the signature; changing it signs everybody out. */
  readonly key: Buffer;
  readonly basePath: string;
  /** Whether browsers reach us by https, and by nothing else. */
  readonly secure: boolean;
  readonly now: () => Date;
}

const NAME = "herald_board";
const HOURS_8_MS = 8 * 3_600_000;
const COOKIE = new RegExp(`(?:^|;\\s*)${NAME}=([^;]{1,512})`);

export interface SessionCookie {
  read(req: Request): BoardSession | null;
  write(res: Response, who: Pick<BoardSession, "keyId" | "role">): void;
  clear(res: Response): void;
}

export function createSessionCookie({ key, basePath, secure, now }: SessionCookieOptions): SessionCookie {
  const attributes: CookieOptions = { path: basePath, httpOnly: true, sameSite: "strict", secure };
  return {
    read(req) {
      const token = COOKIE.exec(req.get("cookie") ?? "")?.[1] ?? "";
      return openBoardSession({ key, token, now: now() });
    },
    write(res, { keyId, role }) {
      const expiresAt = new Date(now().getTime() + HOURS_8_MS);
      const token = sealBoardSession(key, { keyId, role, expiresAt });
      res.cookie(NAME, token, { ...attributes, maxAge: HOURS_8_MS });
    },
    clear(res) {
      res.clearCookie(NAME, attributes);
    },
  };
}
