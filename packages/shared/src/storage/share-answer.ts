/** Those who ask while an answer is on its way, or within `ms` after a good one, share it. A failure is not kept. */
export function shareAnswer<T>(ms: number, ask: () => Promise<T>): () => Promise<T> {
  let shared: { readonly answer: Promise<T>; goodUntil: number } | null = null;
  return () => {
    if (shared === null || performance.now() >= shared.goodUntil) {
      const current = { answer: ask(), goodUntil: Infinity };
      shared = current;
      current.answer.then(
        () => (current.goodUntil = performance.now() + ms),
        () => (current.goodUntil = 0),
      );
    }
    return shared.answer;
  };
}
