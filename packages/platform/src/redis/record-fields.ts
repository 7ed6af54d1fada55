import { z } from "zod";

/** Fields of a Redis hash, which holds texts only: milliseconds since the epoch, a number, and a text that may be missing. */
export const time = z.string().transform((ms) => new Date(Number(ms)));
export const count = z.string().transform(Number);
export const textOrNull = z.string().transform((text) => (text === "" ? null : text));
