import { WaybillError } from '../errors/index.ts';
import { displayUrl, type Http, readAll } from '../http/index.ts';

/** What Octokit hands to its `fetch`, as far as it matters here. */
interface FetchInit {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** What Octokit reads of an answer. */
interface FetchAnswer {
  readonly status: number;
  readonly url: string;
  readonly headers: ReadonlyMap<string, string>;
  text(): Promise<string>;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** An answer's most bytes: a list of 100 with everything that hangs on it has some hundred thousand. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/**
 * A `fetch` for Octokit over the one way to the network, with its proxies and time-outs. The whole body is read before the
 * answer counts, because Octokit takes a body that broke off for an empty one. It speaks to the given origins alone: a
 * token is on each of its requests, and so is never sent elsewhere. Redirects are followed within their origin (a
 * repository that was renamed).
 * @throws WaybillError `GITHUB_HOST_REFUSED` (integrity), and what {@link Http} throws
 */
export function octokitFetch(http: Http, origins: readonly string[]) {
  return async (address: string, init: FetchInit = {}): Promise<FetchAnswer> => {
    const url = URL.parse(address);
    if (url === null || !origins.includes(url.origin)) throw hostRefused(address);
    const { method = 'GET', headers = {}, body, signal } = init;
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : undefined;
    const response = await http.request({
      method,
      url,
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
      ...(bytes === undefined ? {} : { body: bytes }),
      ...(signal === undefined ? {} : { signal }),
      maxBodyBytes: MAX_BODY_BYTES,
      follow: ({ from, to }) => from.origin === to.origin,
    });
    const whole = await readAll(response.body, MAX_BODY_BYTES);
    return {
      status: response.status,
      url: response.url.href,
      // A map has what Octokit asks of Headers, and does not make Node load its whole fetch.
      headers: new Map(Object.entries(response.headers)),
      text: async () => whole.toString('utf8'),
      arrayBuffer: async () => Uint8Array.from(whole).buffer,
    };
  };
}

export function hostRefused(address: string): WaybillError {
  const url = URL.parse(address);
  const shown = url === null ? 'what is no URL' : displayUrl(url);
  return new WaybillError('GITHUB_HOST_REFUSED', `an answer of GitHub leads to ${shown}, which is another host`, {
    kind: 'integrity',
    hint: 'The token is bound to the API it was given for, and is sent nowhere else.',
  });
}
