import type http from 'node:http';
import type { RequestOptions } from 'node:https';
import { loadHttp, loadHttps } from './node-http.ts';
import { type ProxyFor, portOf, proxyAuthorization } from './proxy-from-env.ts';
import { createTunnelAgent } from './tunnel.ts';

/** How a URL is reached: which of Node's `request` functions, and the options that name the way. */
export interface Route {
  readonly send: (options: RequestOptions) => http.ClientRequest;
  readonly options: RequestOptions;
}

export interface Routes {
  to(url: URL): Route;
  close(): void;
}

export interface RoutesOptions {
  readonly proxyFor: ProxyFor;
  /** Whether any certificate will do for this host (`host` or `host:port` as in the URL). */
  readonly isInsecure: (host: string) => boolean;
  readonly connectTimeoutMs: number;
}

/** The ways to hosts: directly, through a proxy by absolute URL (http), through a tunnel (https). Connections are kept alive. */
export function createRoutes({ proxyFor, isInsecure, connectTimeoutMs }: RoutesOptions): Routes {
  const agents = new Map<string, http.Agent>();
  const agentFor = (key: string, make: () => http.Agent): http.Agent => {
    const known = agents.get(key);
    if (known !== undefined) return known;
    const made = make();
    agents.set(key, made);
    return made;
  };
  const directly = (url: URL, verify: boolean): Route => {
    const place = { protocol: url.protocol, hostname: url.hostname.replace(/^\[|\]$/g, ''), port: portOf(url) };
    if (url.protocol === 'http:') {
      const { Agent, request } = loadHttp();
      return { send: request, options: { ...place, agent: agentFor('http', () => new Agent({ keepAlive: true })) } };
    }
    const { Agent, request } = loadHttps();
    const agent = agentFor(`https ${verify}`, () => new Agent({ keepAlive: true, rejectUnauthorized: verify }));
    return { send: request, options: { ...place, agent } };
  };

  return {
    to(url) {
      const verify = !isInsecure(url.host);
      const proxy = proxyFor(url);
      if (proxy === undefined) {
        const { send, options } = directly(url, verify);
        return { send, options: { ...options, path: `${url.pathname}${url.search}` } };
      }
      if (url.protocol === 'http:') {
        const { send, options } = directly(proxy, true);
        const authorization = proxyAuthorization(proxy);
        const headers = {
          host: url.host,
          ...(authorization === undefined ? {} : { 'proxy-authorization': authorization }),
        };
        return { send, options: { ...options, path: url.href, headers } };
      }
      const agent = agentFor(`tunnel ${verify} ${proxy.href}`, () =>
        createTunnelAgent(proxy, { timeoutMs: connectTimeoutMs, verify }),
      );
      const { send, options } = directly(url, verify);
      return { send, options: { ...options, agent, path: `${url.pathname}${url.search}` } };
    },
    close() {
      for (const agent of agents.values()) agent.destroy();
      agents.clear();
    },
  };
}
