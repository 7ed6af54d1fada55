import type { Redis } from "ioredis";
import { atEndOfTurn } from "./end-of-turn.ts";

/**
 * Sends what is asked of Redis in one turn of the event loop with one write: ioredis writes each command by itself, and a
 * busy worker and its Redis then spend more on system calls than on commands. Only the bytes wait, until the turn is over:
 * order, errors and what happens when a connection breaks stay as they are, which ioredis's own pipelines change.
 * Duplicates, of which BullMQ makes its own connections, are the same.
 */
export function gatherWrites(redis: Redis): Redis {
  const send = redis.sendCommand.bind(redis);
  let gathering: Redis["stream"] | undefined;
  redis.sendCommand = (command, stream) => {
    // Undefined before the first connection, whatever its type says.
    const current = redis.stream as Redis["stream"] | undefined;
    if (current !== undefined && current !== gathering) {
      gathering = current;
      current.cork();
      atEndOfTurn("writes", () => {
        gathering = undefined;
        current.uncork();
      });
    }
    return send(command, stream);
  };
  const duplicate = redis.duplicate.bind(redis);
  redis.duplicate = (override) => gatherWrites(duplicate(override));
  return redis;
}
