/** Milliseconds on a clock that all processes share, to the microsecond. */
export const now = (): number => performance.timeOrigin + performance.now();
