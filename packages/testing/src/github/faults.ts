import type http from 'node:http';
import { primaryLimit, secondaryLimit } from './limits.ts';
import { failure, type Reply } from './reply.ts';
import type { Fault } from './types.ts';

/** What a fault works on. */
export interface Victim {
  readonly request: http.IncomingMessage;
  readonly response: http.ServerResponse;
  /** Does what was asked. @param interrupted an upload stops half way */
  readonly carryOut: (interrupted?: boolean) => Promise<Reply>;
  readonly send: (reply: Reply) => void;
  readonly clock: () => number;
}

/** Does the damage to one request, whose body has been read, in place of the ordinary answer. */
export async function damage(fault: Fault, { request, response, carryOut, send, clock }: Victim): Promise<void> {
  switch (fault.kind) {
    case 'answer':
      send({ status: fault.status, headers: { ...fault.headers }, body: Buffer.from(fault.body ?? '') });
      return;
    case 'reset':
      request.socket.destroy();
      return;
    case 'lost':
      await carryOut();
      request.socket.destroy();
      return;
    case 'cut':
    case 'stall':
      sendHalf(fault.kind, await carryOut(), response);
      return;
    case 'silence':
      return;
    case 'bad-gateway':
      await carryOut();
      send(failure(502, 'Server Error'));
      return;
    case 'starter': {
      if (request.method === 'POST' && (request.url ?? '').includes('/assets?')) await carryOut(true);
      send(failure(502, 'Server Error'));
      return;
    }
    case 'delay': {
      const answer = await carryOut();
      await new Promise((resolve) => setTimeout(resolve, fault.ms));
      send(answer);
      return;
    }
    case 'secondary-limit':
      send(secondaryLimit(fault.retryAfter));
      return;
    case 'primary-limit':
      send(primaryLimit(clock() + fault.resetAfter * 1000));
  }
}

function sendHalf(kind: 'cut' | 'stall', whole: Reply, response: http.ServerResponse): void {
  const body = Buffer.from(whole.body);
  const half = body.byteLength >> 1;
  // One byte more than there is, where there is none: so the answer is never whole.
  response.writeHead(whole.status === 204 ? 200 : whole.status, {
    ...whole.headers,
    'content-length': String(Math.max(body.byteLength, half + 1)),
  });
  response.write(body.subarray(0, half), () => {
    if (kind === 'cut') response.destroy();
  });
  response.flushHeaders();
}
