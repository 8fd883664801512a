import type { PassedRequest, ProxyFault } from '@waybill/testing/fault-proxy';

/** Something that goes wrong once, and what may come of it. */
export interface RegistryFault {
  readonly name: string;
  /** @param host where the registry is reached: `127.0.0.1:PORT` */
  readonly fault: (host: string) => ProxyFault;
  /**
   * Whether a save is saved and a restore restored all the same when this request meets the fault. Otherwise either may
   * come out, with a warning: nothing half-written, and the job goes on.
   * @param before the request that came before
   */
  readonly heals: (request: PassedRequest, before: PassedRequest | undefined) => boolean;
  /** Milliseconds that must be waited before this request is tried again. */
  readonly waits?: (request: PassedRequest) => number;
}

const always = () => true;
const never = () => false;
const isForToken = ({ path }: PassedRequest) => path.startsWith('/token');

/**
 * What design, GHCR and networks have in store, one request at a time. An Authorization is refused in the middle of an
 * upload where the request is a PUT, which is answered before its body has come.
 */
export const FAULTS: readonly RegistryFault[] = [
  { name: 'a cut body', fault: () => ({ kind: 'cut' }), heals: always },
  { name: 'a stalled socket', fault: () => ({ kind: 'stall' }), heals: always },
  { name: 'no answer', fault: () => ({ kind: 'silence' }), heals: always },
  { name: 'a lost answer', fault: () => ({ kind: 'lost' }), heals: always },
  { name: 'a closed connection', fault: () => ({ kind: 'reset' }), heals: always },
  {
    name: 'a wrong Docker-Content-Digest',
    fault: () => ({ kind: 'header', name: 'docker-content-digest', value: `sha256:${'0'.repeat(64)}` }),
    heals: always,
  },
  {
    name: '503',
    fault: () => ({ kind: 'answer', status: 503, body: 'Egress is over the account limit.' }),
    heals: always,
  },
  {
    name: '429 with Retry-After',
    fault: () => ({ kind: 'answer', status: 429, headers: { 'retry-after': '3' } }),
    heals: always,
    waits: () => 3000,
  },
  {
    name: "429 with GHCR's Go duration",
    fault: () => ({
      kind: 'answer',
      status: 429,
      body: '{"errors":[{"code":"TOOMANYREQUESTS","message":"retry-after: 2.5s, allowed: 2000/minute"}]}',
    }),
    heals: always,
    // The answer to a HEAD has no body to say it.
    waits: ({ method }) => (method === 'HEAD' ? 0 : 2500),
  },
  {
    name: '401',
    fault: (host) => ({
      kind: 'answer',
      status: 401,
      headers: { 'www-authenticate': `Bearer realm="http://${host}/token",service="registry of the tests"` },
    }),
    // Who is refused with a token that has just come is refused.
    heals: (request, before) => !isForToken(request) && (before === undefined || !isForToken(before)),
  },
  {
    name: 'a redirect to another host',
    fault: () => ({ kind: 'elsewhere', host: 'blobs.example' }),
    // Nobody redirects whom they do not know. The token server's address is the realm and nothing else; where a session
    // begins, the rest of it would follow.
    heals: (request, before) =>
      before !== undefined && !isForToken(request) && (request.method === 'GET' || request.method === 'HEAD'),
  },
  {
    name: 'a Bearer realm on another host',
    fault: () => ({
      kind: 'answer',
      status: 401,
      headers: { 'www-authenticate': 'Bearer realm="https://tokens.example/token",service="registry of the tests"' },
    }),
    heals: never,
  },
  { name: 'wrong bytes', fault: () => ({ kind: 'flip', at: 0.5 }), heals: never },
  { name: 'a body that is too short', fault: () => ({ kind: 'shorten' }), heals: never },
];
