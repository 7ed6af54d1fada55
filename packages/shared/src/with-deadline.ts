/** Thrown by `withDeadline`; the work itself is not stopped by it. */
export class DeadlineError extends Error {
  override readonly name = "DeadlineError";
}

/** The result of `work`, or a DeadlineError after `ms`. For waits whose owner offers no way to abort them. */
export async function withDeadline<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new DeadlineError(`no answer within ${ms} ms`));
    }, ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
