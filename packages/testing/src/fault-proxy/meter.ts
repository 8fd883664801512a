import http from 'node:http';
import { pipeline } from 'node:stream/promises';
import { listen } from '../loopback/index.ts';

/** What went through since it was asked last. */
export interface MeterCounts {
  readonly requests: number;
  /** Bytes of the bodies, to the target and back. */
  readonly up: number;
  readonly down: number;
}

export interface Meter {
  /** `127.0.0.1:PORT`; plain http. */
  readonly host: string;
  /** The counts so far, and starts anew. */
  take(): MeterCounts;
  stop(): Promise<void>;
}

export interface MeterOptions {
  /** `host:port`. */
  readonly target: string;
  /** Told of each request before it goes on. */
  readonly onRequest?: (request: { readonly method: string; readonly path: string }) => void;
}

/**
 * Starts a way to an http server that counts requests and the bytes of their bodies, and changes nothing: the `Host` header goes
 * through as it came, so that addresses which the server makes of it lead back here.
 */
export async function startMeter({ target, onRequest }: MeterOptions): Promise<Meter> {
  const { hostname, port } = new URL(`http://${target}`);
  const agent = new http.Agent({ keepAlive: true });
  let counts = { requests: 0, up: 0, down: 0 };
  const server = http.createServer((request, response) => {
    counts.requests += 1;
    const { method, url, rawHeaders } = request;
    onRequest?.({ method: method ?? '', path: url ?? '' });
    const onward = http.request({ hostname, port, method, path: url, headers: rawHeaders, agent, setHost: false });
    onward.once('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.statusMessage, answer.rawHeaders);
      answer.on('data', (piece: Buffer) => {
        counts.down += piece.byteLength;
      });
      // Whoever breaks off here breaks off there, and the other way round.
      pipeline(answer, response).catch(() => undefined);
    });
    onward.once('error', () => response.destroy());
    request.on('data', (piece: Buffer) => {
      counts.up += piece.byteLength;
    });
    pipeline(request, onward).catch(() => response.destroy());
  });
  const { host, stop } = await listen(server);
  return {
    host,
    take: () => {
      const taken = counts;
      counts = { requests: 0, up: 0, down: 0 };
      return taken;
    },
    stop: async () => {
      await stop();
      agent.destroy();
    },
  };
}
