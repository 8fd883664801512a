import type http from 'node:http';
import { errorCode } from '../errors/index.ts';
import { connectionError, httpError } from './http-error.ts';
import { readBody } from './response-body.ts';
import type { Route } from './routes.ts';
import { sendBody } from './send-body.ts';
import type { Exchange, HttpResponse } from './types.ts';
import { createWatch } from './watch.ts';

/**
 * One request and the head of its answer. A connection that was kept alive and turns out to be closed is replaced once,
 * where sending again cannot do a second thing.
 */
export async function exchange(request: Exchange, route: Route): Promise<HttpResponse> {
  try {
    return await tryOnce(request, route);
  } catch (error) {
    if (error instanceof StaleConnection && request.method !== 'POST') return tryOnce(request, route).catch(unwrap);
    return unwrap(error);
  }
}

/** The other side had closed a kept connection before it saw the request (Node's `request.reusedSocket`). */
class StaleConnection extends Error {
  override readonly name = 'StaleConnection';
}

function unwrap(error: unknown): never {
  throw error instanceof StaleConnection ? error.cause : error;
}

function tryOnce(request: Exchange, { send, options }: Route): Promise<HttpResponse> {
  const { method, signal, idleTimeoutMs, answerTimeoutMs } = request;
  signal?.throwIfAborted();
  return new Promise<HttpResponse>((resolve, reject) => {
    const outgoing = send({
      ...options,
      method,
      headers: { ...options.headers, ...lengthOf(request), ...request.headers },
    });
    const watch = createWatch((error) => outgoing.destroy(error));
    const onAbort = () => outgoing.destroy(asError(signal?.reason));
    signal?.addEventListener('abort', onAbort, { once: true });
    let answered = false;
    /** What ended the request before Node noticed: it counts before what Node makes of it. */
    let failure: { readonly error: unknown } | undefined;

    watch.set(idleTimeoutMs, () =>
      httpError('HTTP_UNREACHABLE', request, `has no connection after ${idleTimeoutMs} ms`, {
        hint: 'Check the host name, the network, and HTTPS_PROXY and NO_PROXY.',
      }),
    );
    outgoing.once('socket', (socket) => {
      if (socket.errored !== null) {
        failure = { error: socket.errored };
        outgoing.destroy();
        return;
      }
      const connected = () => {
        watch.clear();
        sendBody(outgoing, request, watch).then(
          () => {
            // Over: a clock set now would keep the process from ending.
            if (answered || outgoing.destroyed) return;
            watch.set(answerTimeoutMs, () =>
              httpError('HTTP_TIMEOUT_ANSWER', request, `had no answer ${answerTimeoutMs} ms after it was sent`),
            );
          },
          (error: unknown) => {
            failure ??= { error };
            outgoing.destroy();
          },
        );
      };
      if (!socket.connecting && !('secureConnecting' in socket && socket.secureConnecting === true)) connected();
      else socket.once('encrypted' in socket ? 'secureConnect' : 'connect', connected);
    });
    const done = () => {
      watch.clear();
      signal?.removeEventListener('abort', onAbort);
    };
    const fail = (error: unknown) => {
      done();
      if (signal?.aborted) reject(asError(signal.reason));
      else if (failure !== undefined) reject(failure.error);
      else if (outgoing.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(errorCode(error) ?? ''))
        reject(new StaleConnection('stale', { cause: connectionError(error, request) }));
      else reject(connectionError(error, request));
    };
    outgoing.on('error', fail);
    outgoing.once('close', () => {
      if (!answered) fail(failure?.error ?? Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }));
    });
    outgoing.once('response', (incoming) => {
      answered = true;
      watch.clear();
      incoming.once('close', done);
      // The answer came before the whole body was sent: nothing more can go over this connection.
      incoming.once('end', () => {
        if (!outgoing.writableFinished) outgoing.destroy();
      });
      try {
        resolve(toResponse(request, incoming));
      } catch (error) {
        outgoing.destroy();
        reject(error);
      }
    });
  });
}

function toResponse(request: Exchange, incoming: http.IncomingMessage): HttpResponse {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headersDistinct)) headers[name] = (value ?? []).join(', ');
  return { status: incoming.statusCode ?? 0, headers, url: request.url, ...readBody(request, incoming) };
}

function lengthOf({ method, body }: Exchange): Record<string, string> {
  if (body !== undefined) return { 'content-length': String(body instanceof Uint8Array ? body.byteLength : body.size) };
  return method === 'POST' || method === 'PUT' || method === 'PATCH' ? { 'content-length': '0' } : {};
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
