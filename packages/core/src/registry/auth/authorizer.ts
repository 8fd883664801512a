import type { Http } from '../../http/index.ts';
import type { CredentialSource, Credentials } from '../types.ts';
import { basicAuthorization } from './basic.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import { checkRealm } from './realm.ts';
import { requestToken, type Token } from './token.ts';

/** Knows what to put into `authorization`. */
export interface Authorizer {
  /** The header for these scopes, as far as is known; undefined before the first challenge. */
  header(scopes: readonly string[]): Promise<string | undefined>;
  /**
   * Learns from a 401 to a request that was sent with `used`.
   * @returns whether there is something to try again with
   * @throws WaybillError `REGISTRY_REALM_REFUSED`
   */
  challenged(header: string | undefined, scopes: readonly string[], used: string | undefined): Promise<boolean>;
}

export interface AuthorizerOptions {
  /** Scheme and host. */
  readonly base: URL;
  /** `host[:port]`: what the credentials are for. */
  readonly host: string;
  readonly http: Http;
  readonly credentials: CredentialSource;
  readonly now: () => number;
}

/** Answers the challenges of one registry: Basic, or Bearer with a token for each set of scopes, kept until it expires. */
export function createAuthorizer({ base, host, http, credentials, now }: AuthorizerOptions): Authorizer {
  const tokens = new Map<string, Promise<Token>>();
  let scheme: Challenge | undefined;
  let known: Promise<Credentials | undefined> | undefined;
  // Shared by all callers, so that the abort of one does not end it for the others.
  const who = () => {
    known ??= credentials(host).catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  };

  const exchange = async ({ parameters }: Challenge, scopes: readonly string[]): Promise<Token> => {
    const realm = checkRealm(parameters['realm'], base);
    return requestToken({ http, realm, service: parameters['service'], scopes, credentials: await who(), now: now() });
  };
  const bearer = async (challenge: Challenge, scopes: readonly string[]): Promise<string> => {
    const key = scopes.join(' ');
    const kept = tokens.get(key);
    const token = await kept?.catch(() => undefined);
    if (token !== undefined && now() < token.expiresAt) return `Bearer ${token.value}`;
    if (tokens.get(key) === kept) tokens.delete(key);
    const pending = tokens.get(key) ?? exchange(challenge, scopes);
    tokens.set(key, pending);
    try {
      return `Bearer ${(await pending).value}`;
    } catch (error) {
      if (tokens.get(key) === pending) tokens.delete(key);
      throw error;
    }
  };

  return {
    async header(scopes) {
      if (scheme === undefined) return undefined;
      if (scheme.scheme === 'bearer') return bearer(scheme, scopes);
      const given = await who();
      return given?.kind === 'basic' ? basicAuthorization(given) : undefined;
    },
    async challenged(header, scopes, used) {
      const challenges = parseChallenges(header ?? '');
      const next =
        challenges.find((each) => each.scheme === 'bearer') ?? challenges.find((each) => each.scheme === 'basic');
      if (next === undefined) return false;
      if (next.scheme === 'bearer') {
        checkRealm(next.parameters['realm'], base);
        const key = scopes.join(' ');
        const kept = await tokens.get(key)?.catch(() => undefined);
        if (kept !== undefined && `Bearer ${kept.value}` === used) tokens.delete(key);
      }
      const first = scheme === undefined;
      scheme = next;
      // Basic with the same user and password again would end the same.
      return next.scheme === 'bearer' || (first && used === undefined && (await who())?.kind === 'basic');
    },
  };
}
