import type http from 'node:http';
import { WaybillError } from '../errors/index.ts';
import { httpError } from './http-error.ts';
import type { Exchange } from './types.ts';
import type { Watch } from './watch.ts';

/** What is handed to the socket at once: small enough that each wait for it tells a slow link from a dead one. */
const SLICE_BYTES = 64 * 1024;

/**
 * Writes the whole body and ends the request; waits for the socket, and counts its idle time alone, not that of the
 * source. Stops quietly where the answer came before the end, or the request was destroyed.
 * @throws the source's own error; WaybillError `HTTP_BODY_SIZE` (kind `bug`) where it gives another number of bytes than it said
 */
export async function sendBody(outgoing: http.ClientRequest, request: Exchange, watch: Watch): Promise<void> {
  const { body } = request;
  if (body === undefined) {
    outgoing.end();
    return;
  }
  const size = body instanceof Uint8Array ? body.byteLength : body.size;
  let over = false;
  const stop = () => {
    over = true;
  };
  outgoing.once('response', stop).once('close', stop);
  let sent = 0;
  for await (const piece of body instanceof Uint8Array ? [body] : body.open()) {
    for (let start = 0; start < piece.byteLength; start += SLICE_BYTES) {
      if (over) return;
      const slice = piece.subarray(start, start + SLICE_BYTES);
      sent += slice.byteLength;
      if (sent > size) throw wrongSize(request, size, `at least ${sent}`);
      if (!outgoing.write(slice)) await moved(outgoing, 'drain', request, watch);
    }
    if (over) return;
  }
  if (sent !== size) throw wrongSize(request, size, String(sent));
  outgoing.end();
  if (!outgoing.writableFinished) await moved(outgoing, 'finish', request, watch);
}

async function moved(
  outgoing: http.ClientRequest,
  event: 'drain' | 'finish',
  request: Exchange,
  watch: Watch,
): Promise<void> {
  const { idleTimeoutMs } = request;
  watch.set(idleTimeoutMs, () =>
    httpError('HTTP_TIMEOUT_IDLE', request, `sent nothing for ${idleTimeoutMs} ms: the other side does not read`),
  );
  await new Promise<void>((resolve) => {
    const events = [event, 'response', 'close'] as const;
    const go = () => {
      for (const name of events) outgoing.off(name, go);
      resolve();
    };
    for (const name of events) outgoing.on(name, go);
    if (outgoing.destroyed) go();
  });
  watch.clear();
}

function wrongSize(request: Exchange, expected: number, found: string): WaybillError {
  return new WaybillError(
    'HTTP_BODY_SIZE',
    `the body of ${request.method} ${request.url.host} should have ${expected} bytes, found ${found}`,
    { kind: 'bug' },
  );
}
