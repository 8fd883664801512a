import http from 'node:http';
import { listen } from '../loopback/index.ts';
import { askTarget, type ProxiedAnswer, type ProxiedRequest, readWhole, sendAnswer } from './exchange.ts';
import { type ProxyFault, sendSpoilt } from './faults.ts';

export interface FaultProxyOptions {
  /** `host:port` that this request goes to. */
  readonly target: (path: string) => string;
}

/** A request, in the order in which they came. */
export interface PassedRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** 0 where there was no whole answer. */
  status: number;
}

export interface FaultProxy {
  /** `127.0.0.1:PORT`, plain http. */
  readonly host: string;
  readonly requests: readonly PassedRequest[];
  /** Forgets the requests; the n-th from now on (from 0) meets the fault. Without one, all go through. */
  arm(fault?: { readonly at: number; readonly fault: ProxyFault }): void;
  /** The answer to a request to the address that an `elsewhere` gave: what it would have been here. 403 without its signature. */
  answerElsewhere(request: ProxiedRequest): Promise<ProxiedAnswer>;
  stop(): Promise<void>;
}

/** Starts a reverse proxy in front of a registry and its token server, which lets one request of many go wrong. */
export async function startFaultProxy({ target }: FaultProxyOptions): Promise<FaultProxy> {
  const requests: PassedRequest[] = [];
  // Kept connections: thousands of closed ones make the kernel slow to open more.
  const agent = new http.Agent({ keepAlive: true });
  /** By signature: who had asked. */
  const signed = new Map<string, http.IncomingHttpHeaders>();
  let armed: { readonly at: number; readonly fault: ProxyFault } | undefined;

  const sendAway = (host: string, path: string, headers: http.IncomingHttpHeaders): ProxiedAnswer => {
    const signature = `s${signed.size}`;
    signed.set(signature, headers);
    const location = `https://${host}${path}${path.includes('?') ? '&' : '?'}sig=${signature}`;
    return { status: 307, headers: { location }, body: Buffer.alloc(0) };
  };

  const pass = async (request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
    const passed: PassedRequest = { method: request.method ?? '', path: request.url ?? '', status: 0 };
    const fault = armed?.at === requests.length ? armed.fault : undefined;
    requests.push(passed);
    response.once('finish', () => {
      passed.status = response.statusCode;
    });
    const { method, path } = passed;
    const { headers } = request;
    if (fault?.kind === 'reset') {
      request.socket.destroy();
      return;
    }
    if (fault?.kind === 'answer' || fault?.kind === 'elsewhere') {
      request.resume();
      sendAnswer(response, fault.kind === 'answer' ? answerOf(fault) : sendAway(fault.host, path, headers));
      return;
    }
    const answer = await askTarget(agent, target(path), { method, path, headers, body: await readWhole(request) });
    if (fault === undefined) sendAnswer(response, answer);
    else sendSpoilt(response, answer, fault);
  };

  const server = http.createServer((request, response) => {
    // A client that has gone, or a target: there is nobody to tell but the client.
    pass(request, response).catch(() => response.destroy());
  });
  const { host, stop } = await listen(server);
  return {
    host,
    requests,
    arm: (next) => {
      requests.length = 0;
      armed = next;
    },
    answerElsewhere: async (request) => {
      const url = new URL(request.path, 'https://elsewhere');
      const headers = signed.get(url.searchParams.get('sig') ?? '');
      if (headers === undefined) return { status: 403, headers: {}, body: Buffer.from('no signature') };
      const path = request.path.replace(/[?&]sig=[^&]*/, '');
      return askTarget(agent, target(path), { ...request, path, headers });
    },
    stop: async () => {
      await stop();
      agent.destroy();
    },
  };
}

function answerOf({ status, headers, body }: Extract<ProxyFault, { readonly kind: 'answer' }>): ProxiedAnswer {
  return { status, headers: { ...headers }, body: Buffer.from(body ?? '') };
}
