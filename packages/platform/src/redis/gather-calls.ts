import DataLoader from "dataloader";
import { atEndOfTurn } from "./end-of-turn.ts";

/** Of one call: Redis does nothing else meanwhile, which is some 2 ms. */
const MAX_BATCH = 32;

/**
 * Makes one call of what is asked in one turn of the event loop: the busier a process, the less each question costs. `call`
 * answers as many as it is asked, in the same order.
 */
export function gatherCalls<Question, Answer>(
  call: (questions: readonly Question[]) => Promise<readonly Answer[]>,
): (question: Question) => Promise<Answer> {
  const loader = new DataLoader<Question, Answer>(call, {
    cache: false,
    maxBatchSize: MAX_BATCH,
    batchScheduleFn: (dispatch) => {
      atEndOfTurn("calls", dispatch);
    },
  });
  return (question) => loader.load(question);
}
