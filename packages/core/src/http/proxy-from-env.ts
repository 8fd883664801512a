import { WaybillError } from '../errors/index.ts';
import { isLoopback } from '../oci/index.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** Finds the proxy that a URL goes through; undefined is the direct way. */
export type ProxyFor = (url: URL) => URL | undefined;

/**
 * The proxies that the environment names: `HTTPS_PROXY`, `HTTP_PROXY`, then `ALL_PROXY`, except for the hosts in
 * `NO_PROXY`; the lower-case spelling counts first, as with curl. An entry of `NO_PROXY` is `*`, a host (and all hosts
 * below it; a leading dot or `*.` changes nothing) or an address, each with an optional port. Loopback hosts never go through a proxy.
 * @throws WaybillError `PROXY_INVALID` (kind `user`) at the first URL that would go through a proxy that cannot be read
 */
export function proxyFromEnv(env: Env): ProxyFor {
  const value = (name: string) => env[name.toLowerCase()] || env[name] || undefined;
  const direct = (value('NO_PROXY') ?? '').split(/[\s,]+/).filter((entry) => entry !== '');
  const all = value('ALL_PROXY');
  const https = value('HTTPS_PROXY') ?? all;
  const http = value('HTTP_PROXY') ?? all;
  return (url) => {
    const proxy = url.protocol === 'https:' ? https : http;
    if (proxy === undefined || isLoopback(url.hostname) || direct.some((entry) => covers(entry, url))) return undefined;
    return parseProxy(proxy);
  };
}

/** The value of `Proxy-Authorization` for a proxy whose URL holds a user; undefined without one. */
export function proxyAuthorization(proxy: URL): string | undefined {
  if (proxy.username === '' && proxy.password === '') return undefined;
  const pair = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return `Basic ${Buffer.from(pair, 'utf8').toString('base64')}`;
}

function parseProxy(text: string): URL {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  throw new WaybillError('PROXY_INVALID', 'the proxy that the environment names is not an http or https URL', {
    kind: 'user',
    hint: 'Set HTTPS_PROXY (and HTTP_PROXY) to http://[USER:PASSWORD@]HOST:PORT. SOCKS proxies are not supported.',
  });
}

function covers(entry: string, url: URL): boolean {
  if (entry === '*') return true;
  const [, name = '', port] = /^(?:\*?\.)?(\[[^\]]*\]|[^:]*|.*:.*:.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
  if (port !== undefined && port !== portOf(url)) return false;
  const bare = (text: string) => text.replace(/^\[|\]$/g, '');
  const host = bare(url.hostname.toLowerCase());
  return name !== '' && (host === bare(name) || host.endsWith(`.${bare(name)}`));
}

/** The port that the URL means, written or not. */
export function portOf(url: URL): string {
  return url.port !== '' ? url.port : url.protocol === 'https:' ? '443' : '80';
}
