import type { Stoppable } from "@herald/shared/stoppable";

/**
 * Stops in reverse order of starting, one after another. A part that cannot stop does not keep the others running;
 * its error is thrown once all were asked.
 */
export async function stopAll(parts: readonly Stoppable[]): Promise<void> {
  const errors: unknown[] = [];
  for (const part of parts.toReversed()) {
    await part.stop().catch((error: unknown) => errors.push(error));
  }
  if (errors.length === 1) {
    throw errors[0];
  }
  if (errors.length > 1) {
    throw new AggregateError(errors, `${errors.length} parts could not be stopped`);
  }
}
