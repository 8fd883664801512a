import { withRetry } from '../async/index.ts';
import { errorCode } from '../errors/index.ts';
import { displayUrl, type Hop, type HttpResponse, isTransient, type RequestBody } from '../http/index.ts';
import { isLoopback } from '../oci/index.ts';
import { type Authorizer, createAuthorizer } from './auth/authorizer.ts';
import { isRetryable, RegistryError, toRegistryError } from './registry-error.ts';
import type { RegistryOptions } from './types.ts';

/** One request to the registry. */
export interface Call {
  readonly method: string;
  /** Below `/v2/<repository>/`, or a whole URL that the registry gave. */
  readonly to: string | URL;
  /** `cancel`: of an upload. Distribution asks for the right to delete there, others for that to push. */
  readonly action: 'pull' | 'push' | 'delete' | 'cancel';
  /** Another repository that is read from as well. */
  readonly from?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RequestBody;
  readonly signal?: AbortSignal | undefined;
  readonly maxBodyBytes?: number;
  /** Statuses that are no errors. */
  readonly accept: readonly number[];
}

/** Requests with authorization and the rules for errors and retries. */
export interface Client {
  /** One try. @throws RegistryError for any other status than `accept`; what {@link Http.request} throws */
  send(call: Call): Promise<HttpResponse>;
  /** See {@link Registry.time}. */
  time(): number;
  /** Tried again as the retry policy says. */
  retrying<T>(
    operation: () => Promise<T>,
    signal: AbortSignal | undefined,
    also?: (error: unknown) => boolean,
  ): Promise<T>;
}

const RETRY = { attempts: 6, baseMs: 500, capMs: 20_000, budgetMs: 180_000 };

/** A `Date` tells whole seconds and has travelled. */
const CLOCK_TOLERANCE_MS = 2000;

export function createClient(options: RegistryOptions): Client {
  const { host, repository, http, clock, access = 'pull', insecure = false } = options;
  const retry = { ...RETRY, ...options.retry };
  let place: Promise<{ readonly base: URL; readonly authorizer: Authorizer }> | undefined;
  /** How far the registry's clock is ahead of ours, in milliseconds. */
  let ahead = 0;
  /** The token server gave no token for pushing: what only reads asks for less from then on. */
  let pushDenied = false;

  const open = async () => {
    const base = new URL(`${await findScheme(options)}://${host}`);
    const credentials = options.credentials ?? (async () => undefined);
    return { base, authorizer: createAuthorizer({ base, host, http, credentials, now: clock.now }) };
  };
  const ready = () => {
    place ??= open().catch((error: unknown) => {
      place = undefined;
      throw error;
    });
    return place;
  };
  const scopesOf = ({ action, from }: Call): readonly string[] => {
    const push = action === 'push' || (action === 'pull' && access === 'push' && !pushDenied);
    const more = { pull: '', push: ',push', delete: ',delete', cancel: ',push,delete' }[push ? 'push' : action];
    const actions = `pull${more}`;
    return [`repository:${repository}:${actions}`, ...(from === undefined ? [] : [`repository:${from}:pull`])];
  };
  const authorizationFor = async (call: Call, authorizer: Authorizer) => {
    const scopes = scopesOf(call);
    try {
      return { scopes, authorization: await authorizer.header(scopes) };
    } catch (error) {
      if (call.action !== 'pull' || pushDenied || access !== 'push' || errorCode(error) !== 'STORE_DENIED') throw error;
      pushDenied = true;
      const fewer = scopesOf(call);
      return { scopes: fewer, authorization: await authorizer.header(fewer) };
    }
  };

  const send = async (call: Call): Promise<HttpResponse> => {
    call.signal?.throwIfAborted();
    const { base, authorizer } = await ready();
    const url = typeof call.to === 'string' ? new URL(`/v2/${repository}/${call.to}`, base) : call.to;
    const ours = url.origin === base.origin;
    for (let tries = 1; ; tries += 1) {
      const { scopes, authorization } = ours
        ? await authorizationFor(call, authorizer)
        : { scopes: [], authorization: undefined };
      call.signal?.throwIfAborted();
      const { method, body, signal, maxBodyBytes } = call;
      const response = await http.request({
        method,
        url,
        headers: { ...call.headers, ...(authorization === undefined ? {} : { authorization }) },
        signal,
        ...(body === undefined ? {} : { body }),
        ...(maxBodyBytes === undefined ? {} : { maxBodyBytes }),
        follow: (hop) => mayFollow(hop, insecure),
      });
      const foreign = response.url.origin !== base.origin;
      if (!foreign) ahead = (dateOf(response) ?? clock.now()) - clock.now();
      if (call.accept.includes(response.status)) return response;
      if (response.status === 401 && !foreign && ours && tries === 1) {
        const again = await authorizer.challenged(response.headers['www-authenticate'], scopes, authorization);
        if (again) {
          await response.discard();
          continue;
        }
      }
      throw await toRegistryError(method, response, { now: clock.now(), foreign });
    }
  };

  return {
    send,
    time: () => clock.now() + (Math.abs(ahead) <= CLOCK_TOLERANCE_MS ? 0 : ahead),
    retrying: (operation, signal, also = () => false) =>
      withRetry(
        operation,
        {
          ...retry,
          retryable: (error) => isRetryable(error) || also(error),
          retryAfterMs: (error) => (error instanceof RegistryError ? error.retryAfterMs : undefined),
        },
        clock,
        signal,
      ),
  };
}

/** http for loopback; where the user allows it, whatever answers: https first. Everything else is https. */
async function findScheme({ host, http, insecure = false }: RegistryOptions): Promise<'http' | 'https'> {
  if (!insecure) return isLoopback(host) ? 'http' : 'https';
  try {
    const response = await http.request({ method: 'GET', url: `https://${host}/v2/` });
    await response.discard();
    return 'https';
  } catch (error) {
    if (isTransient(error) || errorCode(error) === 'HTTP_TLS') return 'http';
    throw error;
  }
}

/** A redirect is followed to https, and to http where the registry itself is spoken to so. */
function mayFollow({ from, to }: Hop, insecure: boolean): boolean {
  return to.protocol === 'https:' || (from.protocol === 'http:' && (insecure || isLoopback(to.hostname)));
}

/** The address in a `Location`, as a URL to send to; upgraded where the registry forgot that it is behind https. */
export function locationOf(response: HttpResponse): URL {
  const location = response.headers['location'];
  const url = location === undefined ? null : URL.parse(location, response.url.href);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw new RegistryError(
      'REGISTRY_REFUSED',
      `${displayUrl(response.url)} answers ${response.status} without a Location`,
      {
        status: response.status,
        registryCodes: [],
      },
    );
  }
  if (response.url.protocol === 'https:' && url.protocol === 'http:') {
    if (url.hostname === response.url.hostname) return new URL(`${url.pathname}${url.search}`, response.url.origin);
    throw new RegistryError('REGISTRY_REFUSED', `${displayUrl(response.url)} leads from https to ${displayUrl(url)}`, {
      status: response.status,
      registryCodes: [],
    });
  }
  return url;
}

/** The `Date` of an answer, in milliseconds since the epoch. */
function dateOf(response: HttpResponse): number | undefined {
  const date = Date.parse(response.headers['date'] ?? '');
  return Number.isNaN(date) ? undefined : date;
}
