import type { Limit } from '../async/index.ts';
import { around } from './around.ts';
import type { ByteStream, KeyedStore, Store } from './ports.ts';

/**
 * The store, whose calls share a gate. A fetch holds its place until its stream has ended, failed or been returned: who
 * fetches must read on or return it, and must not open a second one inside a gate of one.
 */
export function withLimit<S extends Store | KeyedStore>(store: S, gate: Limit): S {
  return around(store, {
    call: (call, run) => gate(run, call.signal),
    fetch: async (call, _descriptor, open) => {
      const leave = await gate.enter(call.signal);
      try {
        return whenEnded(await open(0), leave);
      } catch (error) {
        leave();
        throw error;
      }
    },
  });
}

/** Not a generator: its `finally` would not run where the stream is returned before the first piece. */
function whenEnded(stream: ByteStream, ended: () => void): ByteStream {
  return {
    [Symbol.asyncIterator]: () => {
      const pieces = stream[Symbol.asyncIterator]();
      return {
        next: async () => {
          try {
            const piece = await pieces.next();
            if (piece.done) ended();
            return piece;
          } catch (error) {
            ended();
            throw error;
          }
        },
        return: async () => {
          ended();
          await pieces.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
