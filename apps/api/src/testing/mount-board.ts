import express, { type Express, type RequestHandler } from "express";
import { BOARD_PATH } from "../board/create-board.ts";
import { errorHandler } from "../http/error-handler.ts";
import { requestId } from "../http/request-id.ts";

/** The board where createApp puts it, and nothing beside it. */
export function mountBoard(board: RequestHandler): Express {
  return express().use(requestId).use(BOARD_PATH, board).use(errorHandler);
}
