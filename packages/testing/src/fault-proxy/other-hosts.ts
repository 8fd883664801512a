import http from 'node:http';
import https from 'node:https';
import { listen } from '../loopback/index.ts';
import { TEST_CERTIFICATE, TEST_KEY } from '../tls/index.ts';
import { type ProxiedAnswer, type ProxiedRequest, readWhole, sendAnswer } from './exchange.ts';

/** What somebody else's host was sent. */
export interface StrangerRequest extends ProxiedRequest {
  /** As the client named it. */
  readonly host: string;
}

export interface OtherHosts {
  /** For `HTTPS_PROXY` and `HTTP_PROXY`. */
  readonly proxy: string;
  /** All requests that came, whichever host they were for. */
  readonly requests: readonly StrangerRequest[];
  stop(): Promise<void>;
}

export interface OtherHostsOptions {
  readonly answer: (request: StrangerRequest) => Promise<ProxiedAnswer>;
}

/**
 * Starts the rest of the world: a proxy on loopback that is every other host. By https it has the test certificate, which
 * is good for `blobs.example` and `tokens.example`. What a client sends to a host that it should send nothing to is seen here.
 */
export async function startOtherHosts({ answer }: OtherHostsOptions): Promise<OtherHosts> {
  const requests: StrangerRequest[] = [];
  const serve = (request: http.IncomingMessage, response: http.ServerResponse) => {
    const place = new URL(request.url ?? '/', `https://${request.headers.host ?? ''}`);
    readWhole(request)
      .then(async (body) => {
        const { method = '', headers } = request;
        const seen = { host: place.host, method, path: `${place.pathname}${place.search}`, headers, body };
        requests.push(seen);
        sendAnswer(response, await answer(seen));
      })
      .catch(() => response.destroy());
  };
  const inside = https.createServer({ key: TEST_KEY, cert: TEST_CERTIFICATE }, serve);
  const sockets = new Set<NodeJS.WritableStream & { destroy(): void }>();
  const server = http.createServer(serve).on('connect', (_request, socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket)).on('error', () => undefined);
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    inside.emit('connection', socket);
  });
  const { origin, stop } = await listen(server);
  return {
    proxy: origin,
    requests,
    stop: async () => {
      // Tunnels are no connections of the server's any more, and it waits for them all the same.
      for (const socket of sockets) socket.destroy();
      await stop();
    },
  };
}
