import { z } from "zod";

export const time = z.iso
  .datetime({ offset: true, error: "must be a time such as 2026-01-31T12:00:00Z" })
  .transform((text) => new Date(text))
  .meta({ expects: "a time with its offset, such as `2026-01-31T12:00:00Z`" });

export const pageSize = z
  .string()
  .regex(/^\d{1,4}$/, "must be a whole number")
  .transform(Number)
  .pipe(z.number().min(1).max(100))
  .default(20)
  .meta({
    expects: "a whole number, 1 to 100",
    byDefault: "`20`",
    description: "How many are answered at most.",
  });
