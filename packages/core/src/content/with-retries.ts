import { type RetryClock, type RetryPolicy, withRetry } from '../async/index.ts';
import { around } from './around.ts';
import type { ByteStream, KeyedStore, Store } from './ports.ts';

/**
 * The store, whose calls are tried again as the policy says. A stream that breaks off goes on where it stopped, because
 * the bytes of a digest do not change; each piece that arrives renews the tries. A listing is not tried again. A
 * conditional put whose answer was lost may find its own write on the second try: then it says `written: false`, and
 * `current` is what the caller wanted.
 */
export function withRetries<S extends Store | KeyedStore>(store: S, policy: RetryPolicy, clock: RetryClock): S {
  return around(store, {
    call: (call, run) => (call.operation === 'list' ? run() : withRetry(run, policy, clock, call.signal)),
    fetch: async (call, _descriptor, open) => {
      const first = await withRetry(() => open(0), policy, clock, call.signal);
      return resuming(first, open, (again) => withRetry(again, policy, clock, call.signal));
    },
  });
}

type Piece = IteratorResult<Uint8Array>;

async function* resuming(
  first: ByteStream,
  open: (received: number) => Promise<ByteStream>,
  retried: (next: (attempt: number) => Promise<Piece>) => Promise<Piece>,
): ByteStream {
  let pieces = first[Symbol.asyncIterator]();
  let received = 0;
  const next = async (attempt: number): Promise<Piece> => {
    if (attempt > 1) {
      await pieces.return?.();
      pieces = (await open(received))[Symbol.asyncIterator]();
    }
    return pieces.next();
  };
  try {
    for (;;) {
      const piece = await retried(next);
      if (piece.done) return;
      received += piece.value.byteLength;
      yield piece.value;
    }
  } finally {
    await pieces.return?.();
  }
}
