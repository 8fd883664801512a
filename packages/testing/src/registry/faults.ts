import type http from 'node:http';
import { failure, type Reply } from './reply.ts';
import type { Fault } from './types.ts';

/** Does the damage to one request in place of the ordinary answer. */
export type Damage = (
  request: http.IncomingMessage,
  response: http.ServerResponse,
  answer: (body: Uint8Array) => Reply | undefined,
  send: (reply: Reply) => void,
) => void;

/** What a fault does to the request that it meets. */
export function damageOf(fault: Fault): Damage {
  return (request, response, answer, send) => {
    switch (fault.kind) {
      case 'answer':
        request.resume();
        send({ status: fault.status, headers: { ...fault.headers }, body: Buffer.from(fault.body ?? '') });
        return;
      case 'unauthorized': {
        request.resume();
        const challenge = request.headers.authorization?.startsWith('Basic')
          ? 'Basic realm="fake registry"'
          : undefined;
        const own = `Bearer realm="http://${request.headers.host}/token",service="fake registry"`;
        send(failure(401, 'UNAUTHORIZED', 'authentication required', { 'www-authenticate': challenge ?? own }));
        return;
      }
      case 'reset':
        request.socket.destroy();
        return;
      case 'silence':
        request.resume();
        return;
      case 'cut':
      case 'stall':
      case 'flip':
        spoilBody(fault.kind, request, response, answer, send);
    }
  };
}

function spoilBody(
  kind: 'cut' | 'stall' | 'flip',
  request: http.IncomingMessage,
  response: http.ServerResponse,
  answer: (body: Uint8Array) => Reply | undefined,
  send: (reply: Reply) => void,
): void {
  const pieces: Buffer[] = [];
  request.on('data', (piece: Buffer) => pieces.push(piece));
  request.once('end', () => {
    const whole = answer(Buffer.concat(pieces));
    if (whole === undefined) return;
    const body = Buffer.from(whole.body);
    const half = body.byteLength >> 1;
    if (kind === 'flip') {
      if (body.byteLength > 0) body[half] = (body[half] ?? 0) ^ 1;
      send({ ...whole, body });
      return;
    }
    response.writeHead(whole.status, {
      'content-length': String(body.byteLength + (half === 0 ? 1 : 0)),
      ...whole.headers,
    });
    response.write(body.subarray(0, half), () => {
      if (kind === 'cut') response.destroy();
    });
    response.flushHeaders();
  });
}
