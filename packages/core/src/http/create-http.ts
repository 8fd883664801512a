import { WaybillError } from '../errors/index.ts';
import { exchange } from './exchange.ts';
import { displayUrl, httpError } from './http-error.ts';
import { type Env, proxyFromEnv } from './proxy-from-env.ts';
import { createRoutes } from './routes.ts';
import type { Http, HttpRequest, HttpResponse } from './types.ts';

export interface HttpOptions {
  /** Where the proxies are read from; none without it. */
  readonly env?: Env;
  /** Hosts (`host` or `host:port`, as in the URL) whose certificate is not looked at. */
  readonly insecureHosts?: readonly string[];
  /** The `user-agent` header. */
  readonly userAgent?: string;
  readonly idleTimeoutMs?: number;
  readonly answerTimeoutMs?: number;
}

const MAX_REDIRECTS = 5;
const IDLE_TIMEOUT_MS = 30_000;
const ANSWER_TIMEOUT_MS = 180_000;

/** Headers that belong to the origin which they were made for. */
const BOUND_TO_ORIGIN = new Set(['authorization', 'cookie', 'proxy-authorization']);

/** The HTTP client, over Node's own. CAs are Node's and those of `NODE_EXTRA_CA_CERTS`. */
export function createHttp(options: HttpOptions = {}): Http {
  const { env = {}, insecureHosts = [], userAgent = 'waybill' } = options;
  const insecure = new Set(insecureHosts.map((host) => host.toLowerCase()));
  const routes = createRoutes({
    proxyFor: proxyFromEnv(env),
    isInsecure: (host) => insecure.has(host),
    connectTimeoutMs: options.idleTimeoutMs ?? IDLE_TIMEOUT_MS,
  });

  const request = async (asked: HttpRequest): Promise<HttpResponse> => {
    const { follow, idleTimeoutMs, answerTimeoutMs, ...rest } = asked;
    const limits = {
      idleTimeoutMs: idleTimeoutMs ?? options.idleTimeoutMs ?? IDLE_TIMEOUT_MS,
      answerTimeoutMs: answerTimeoutMs ?? options.answerTimeoutMs ?? ANSWER_TIMEOUT_MS,
    };
    let url = parseUrl(asked.url);
    let headers: Readonly<Record<string, string>> = { 'user-agent': userAgent, ...asked.headers };
    for (let hops = 0; ; hops += 1) {
      const response = await exchange({ ...rest, ...limits, url, headers }, routes.to(url));
      const to = redirectOf(asked.method, response);
      if (to === undefined || follow?.({ status: response.status, from: url, to }) !== true) return response;
      await response.discard();
      if (hops === MAX_REDIRECTS) {
        throw httpError('HTTP_TOO_MANY_REDIRECTS', { method: asked.method, url }, `is redirect ${hops + 1} in a row`);
      }
      if (url.protocol === 'https:' && to.protocol !== 'https:') {
        throw httpError(
          'HTTP_REDIRECT_REFUSED',
          { method: asked.method, url },
          `leads from https to ${displayUrl(to)}`,
        );
      }
      if (to.origin !== url.origin) {
        headers = Object.fromEntries(
          Object.entries(headers).filter(([name]) => !BOUND_TO_ORIGIN.has(name.toLowerCase())),
        );
      }
      url = to;
    }
  };
  return { request, close: () => routes.close() };
}

function redirectOf(method: string, { status, headers, url }: HttpResponse): URL | undefined {
  const location = headers['location'];
  if (location === undefined || ![301, 302, 303, 307, 308].includes(status)) return undefined;
  if (status < 304 && method !== 'GET' && method !== 'HEAD') return undefined;
  const to = URL.parse(location, url.href);
  return to !== null && isAddressable(to) ? to : undefined;
}

function parseUrl(text: string | URL): URL {
  const url = typeof text === 'string' ? URL.parse(text) : text;
  if (url !== null && isAddressable(url)) return url;
  throw new WaybillError(
    'HTTP_URL_INVALID',
    'a URL cannot be used: expected http or https, without user and password',
    {
      kind: 'user',
    },
  );
}

function isAddressable({ protocol, username, password }: URL): boolean {
  return (protocol === 'http:' || protocol === 'https:') && username === '' && password === '';
}
