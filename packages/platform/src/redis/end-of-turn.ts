let due: Record<"calls" | "writes", (() => void)[]> | undefined;

/**
 * Runs `work` when this turn of the event loop is over: first what makes calls, then what writes them out, so that calls which
 * waited for the end of the turn are in the same write.
 */
export function atEndOfTurn(kind: "calls" | "writes", work: () => void): void {
  if (due === undefined) {
    due = { calls: [], writes: [] };
    setImmediate(runDue);
  }
  due[kind].push(work);
}

function runDue(): void {
  const ending = due;
  for (const call of ending?.calls ?? []) call();
  due = undefined;
  for (const write of ending?.writes ?? []) write();
}
