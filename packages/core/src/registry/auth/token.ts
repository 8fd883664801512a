import { WaybillError } from '../../errors/index.ts';
import { type Http, readAll } from '../../http/index.ts';
import { toRegistryError } from '../registry-error.ts';
import type { Credentials } from '../types.ts';
import { basicAuthorization } from './basic.ts';

/** A Bearer token and until when it is used. */
export interface Token {
  readonly value: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export interface TokenRequest {
  readonly http: Http;
  readonly realm: URL;
  readonly service: string | undefined;
  /** Push first: some registries look at the first scope alone. */
  readonly scopes: readonly string[];
  readonly credentials: Credentials | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What a token is good for where its server does not say (distribution, "Token Authentication Specification"). */
const DEFAULT_SECONDS = 60;
const MAX_TOKEN_BYTES = 1024 * 1024;

/**
 * A token from the token server: by GET with Basic, anonymous without credentials; by POST where the credentials are a
 * refresh token. It counts as expired when a tenth of its life, at most 10 s, is left.
 * @throws WaybillError `STORE_DENIED`, `RATE_LIMITED`, `SERVER_ERROR`, `REGISTRY_REFUSED`, `HTTP_…`
 */
export async function requestToken(asked: TokenRequest): Promise<Token> {
  const { http, credentials, now } = asked;
  const limits = { maxBodyBytes: MAX_TOKEN_BYTES };
  const post = credentials?.kind === 'identity-token' ? refreshForm(asked, credentials.token) : undefined;
  const response = await http.request(
    post === undefined
      ? { ...limits, method: 'GET', url: tokenUrl(asked), headers: basicHeader(credentials) }
      : {
          ...limits,
          method: 'POST',
          url: asked.realm,
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: Buffer.from(post.toString(), 'utf8'),
        },
  );
  if (response.status !== 200) {
    throw await toRegistryError(post === undefined ? 'GET' : 'POST', response, { now, foreign: false });
  }
  return parseToken(await readAll(response.body, MAX_TOKEN_BYTES), asked);
}

function tokenUrl({ realm, service, scopes }: TokenRequest): URL {
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  return url;
}

function refreshForm({ service, scopes }: TokenRequest, token: string): URLSearchParams {
  return new URLSearchParams({
    grant_type: 'refresh_token',
    refresh_token: token,
    client_id: 'waybill',
    scope: scopes.join(' '),
    ...(service === undefined ? {} : { service }),
  });
}

function basicHeader(credentials: Credentials | undefined): Record<string, string> {
  return credentials?.kind === 'basic' ? { authorization: basicAuthorization(credentials) } : {};
}

function parseToken(body: Buffer, { now, realm }: TokenRequest): Token {
  let json: unknown;
  try {
    json = JSON.parse(body.toString('utf8'));
  } catch {
    json = undefined;
  }
  const fields: object = typeof json === 'object' && json !== null ? json : {};
  const value = 'token' in fields ? fields.token : 'access_token' in fields ? fields.access_token : undefined;
  if (typeof value !== 'string' || value === '' || !/^[\x21-\x7e]+$/.test(value)) {
    throw new WaybillError('REGISTRY_REFUSED', `the token server ${realm.host} answers without a token`, {
      kind: 'remote',
    });
  }
  const said = 'expires_in' in fields && typeof fields.expires_in === 'number' ? fields.expires_in : DEFAULT_SECONDS;
  const lifeMs = Math.max(0, said) * 1000;
  return { value, expiresAt: now + lifeMs - Math.min(10_000, lifeMs / 10) };
}
