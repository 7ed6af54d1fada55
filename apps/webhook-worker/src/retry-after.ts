const WEEKDAY = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/;

/**
 * Milliseconds that a Retry-After header asks for: seconds, or any of HTTP's three forms of a date (RFC 9110, 10.2.3).
 * Null for what is neither; 0 for a date that is past.
 */
export function parseRetryAfter(value: string, now: Date): number | null {
  if (/^\d{1,9}$/.test(value)) {
    return Number(value) * 1000;
  }
  if (!WEEKDAY.test(value)) {
    return null;
  }
  // The oldest form names no zone, and means GMT as the others do.
  const at = Date.parse(value.endsWith("GMT") ? value : `${value} GMT`);
  return Number.isNaN(at) ? null : Math.max(at - now.getTime(), 0);
}
