import type http from 'node:http';
import { connectionError, httpError } from './http-error.ts';
import type { Exchange, HttpResponse } from './types.ts';
import { createWatch } from './watch.ts';

/** What a connection is worth: more than this is not read only to keep it. */
const MAX_DISCARD_BYTES = 64 * 1024;

/** The body of an answer, as {@link HttpResponse} promises it. @throws WaybillError `HTTP_TOO_LARGE` where more is announced */
export function readBody(
  request: Exchange,
  incoming: http.IncomingMessage,
): Pick<HttpResponse, 'body' | 'passing' | 'discard'> {
  const { signal, idleTimeoutMs, maxBodyBytes = Infinity } = request;
  const announced = Number(incoming.headers['content-length'] ?? 0);
  if (request.method !== 'HEAD' && announced > maxBodyBytes) throw tooLarge(request, maxBodyBytes);
  const onAbort = () => incoming.destroy(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
  signal?.addEventListener('abort', onAbort, { once: true });
  incoming.once('close', () => signal?.removeEventListener('abort', onAbort));
  // An error that nobody is reading for must not end the process; the reader gets it from the iterator.
  incoming.on('error', () => undefined);

  let passing = false;
  async function* pieces(): AsyncGenerator<Uint8Array> {
    const watch = createWatch((error) => incoming.destroy(error));
    const next = incoming.iterator({ destroyOnReturn: true });
    let received = 0;
    try {
      for (;;) {
        signal?.throwIfAborted();
        watch.set(idleTimeoutMs, () =>
          httpError('HTTP_TIMEOUT_IDLE', request, `gave no byte of its body for ${idleTimeoutMs} ms`),
        );
        const piece: IteratorResult<unknown> = await next.next();
        watch.clear();
        if (piece.done === true) return;
        if (!(piece.value instanceof Uint8Array)) continue;
        received += piece.value.byteLength;
        if (received > maxBodyBytes) throw tooLarge(request, maxBodyBytes);
        yield piece.value;
        if (passing) giveBack(piece.value);
      }
    } catch (error) {
      signal?.throwIfAborted();
      throw connectionError(error, request);
    } finally {
      watch.clear();
      incoming.destroy();
    }
  }

  const body = pieces();
  const discard = async () => {
    let read = 0;
    try {
      if (announced > MAX_DISCARD_BYTES) incoming.destroy();
      for await (const piece of body) {
        read += piece.byteLength;
        if (read > MAX_DISCARD_BYTES) break;
      }
    } catch {
      // It is not wanted.
    } finally {
      if (!incoming.readableEnded) incoming.destroy();
    }
  };
  return {
    body,
    passing: () => {
      passing = true;
      return body;
    },
    discard,
  };
}

/** Node makes a buffer of its own of each piece; where a small one shares its memory after all, it is left alone. */
function giveBack({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}

function tooLarge(request: Exchange, max: number) {
  return httpError('HTTP_TOO_LARGE', request, `answers with more than ${max} bytes`);
}
