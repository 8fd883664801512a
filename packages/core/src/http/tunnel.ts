import type https from 'node:https';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { WaybillError } from '../errors/index.ts';
import { loadHttp, loadHttps, loadTls } from './node-http.ts';
import { proxyAuthorization } from './proxy-from-env.ts';

export interface TunnelOptions {
  /** Milliseconds for the proxy to connect and to answer. */
  readonly timeoutMs: number;
  /** Whether the certificate of the far end must be good. */
  readonly verify: boolean;
}

/**
 * An agent whose https connections go through tunnels (CONNECT, RFC 9110 section 9.3.6) of a proxy, which itself is
 * reached by http or https; they are kept alive as any other.
 */
export function createTunnelAgent(proxy: URL, { timeoutMs, verify }: TunnelOptions): https.Agent {
  const { Agent } = loadHttps();
  const agent = new Agent({ keepAlive: true });
  agent.createConnection = (options, done) => {
    const host = (options.host ?? '').replace(/^\[|\]$/g, '');
    openTunnel(proxy, `${host.includes(':') ? `[${host}]` : host}:${options.port ?? 443}`, timeoutMs).then(
      (socket) => done?.(null, secure(socket, host, verify)),
      (error: unknown) => done?.(null, failedSocket(error)),
    );
    return undefined;
  };
  return agent;
}

/** A socket that gives the error to the request which gets it. */
function failedSocket(error: unknown): Socket {
  const socket = new Socket();
  socket.on('error', () => undefined);
  return socket.destroy(error instanceof Error ? error : new Error(String(error)));
}

function secure(socket: Duplex, host: string, verify: boolean): TLSSocket {
  // A server name is never an address (RFC 6066 section 3).
  const named = /[a-z]/i.test(host) && !host.includes(':') ? { servername: host } : { host };
  return loadTls().connect({ socket, ...named, rejectUnauthorized: verify, ALPNProtocols: ['http/1.1'] });
}

function openTunnel(proxy: URL, target: string, timeoutMs: number): Promise<Duplex> {
  const { request } = proxy.protocol === 'https:' ? loadHttps() : loadHttp();
  const authorization = proxyAuthorization(proxy);
  const refused = (what: string, hint: string, cause?: unknown) =>
    new WaybillError('HTTP_PROXY_REFUSED', `the proxy ${proxy.host} ${what} (CONNECT ${target})`, {
      kind: 'remote',
      hint,
      cause,
    });
  return new Promise((resolve, reject) => {
    const connect = request({
      protocol: proxy.protocol,
      hostname: proxy.hostname.replace(/^\[|\]$/g, ''),
      port: proxy.port,
      method: 'CONNECT',
      path: target,
      headers: { host: target, ...(authorization === undefined ? {} : { 'proxy-authorization': authorization }) },
      agent: false,
      timeout: timeoutMs,
    });
    connect.once('connect', (answer, socket) => {
      socket.setTimeout(0);
      if (answer.statusCode === 200) {
        resolve(socket);
        return;
      }
      socket.destroy();
      const hint =
        answer.statusCode === 407
          ? 'Put the user and password of the proxy into HTTPS_PROXY: http://USER:PASSWORD@HOST:PORT.'
          : 'Ask who keeps the proxy, or list the host in NO_PROXY.';
      reject(refused(`answers ${answer.statusCode}`, hint));
    });
    connect.once('response', (answer) => {
      answer.destroy();
      reject(refused(`answers ${answer.statusCode}`, 'Check that HTTPS_PROXY names a proxy.'));
    });
    connect.once('timeout', () => connect.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    connect.once('error', (cause) => reject(refused('cannot be reached', 'Check HTTPS_PROXY and the network.', cause)));
    connect.end();
  });
}
