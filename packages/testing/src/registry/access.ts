import { randomUUID } from 'node:crypto';
import { failure, type Incoming, json, type Reply } from './reply.ts';
import type { FakeAuth, Grants } from './types.ts';

type Action = 'pull' | 'push' | 'delete';

/** Who asked, as far as the registry knows. */
export interface Caller {
  may(repository: string, action: Action): boolean;
}

export interface Access {
  /** The caller; undefined where a challenge is due. */
  callerOf(request: Incoming): Caller | undefined;
  /** 401 with a challenge for this scope; empty names none. */
  challenge(scope: string, origin: string): Reply;
  /** The token server. */
  answerToken(request: Incoming): Reply;
  revoke(): void;
}

const ALL: Caller = { may: () => true };

/** Who may do what: Basic, or Bearer with tokens for scopes (distribution, "Token Authentication Specification"). */
export function createAccess(auth: FakeAuth | undefined, now: () => number): Access {
  const tokens = new Map<string, { readonly grants: Grants; readonly expiresAt: number }>();

  const userOf = (header: string | undefined): Grants | undefined => {
    if (header === undefined) return auth?.anonymous;
    const [, pair] = /^Basic (.+)$/.exec(header) ?? [];
    const [, name = '', password] = /^([^:]*):(.*)$/s.exec(Buffer.from(pair ?? '', 'base64').toString('utf8')) ?? [];
    const user = auth?.users[name];
    return user !== undefined && user.password === password ? user.grants : undefined;
  };

  return {
    callerOf({ headers }) {
      if (auth === undefined) return ALL;
      const header = headers['authorization'];
      if (auth.kind === 'basic') return callerWith(userOf(header));
      const token = tokens.get(/^Bearer (.+)$/.exec(header ?? '')?.[1] ?? '');
      return token === undefined || now() >= token.expiresAt ? undefined : callerWith(token.grants);
    },
    challenge(scope, origin) {
      const realm = auth?.realm ?? `${origin}/token`;
      const named = scope === '' ? '' : `,scope="${scope}"`;
      const bearer = `Bearer realm="${realm}",service="fake registry"${named}`;
      const header = auth?.kind === 'token' ? bearer : 'Basic realm="fake registry"';
      return failure(401, 'UNAUTHORIZED', 'authentication required', { 'www-authenticate': header });
    },
    answerToken({ method, url, headers, body }) {
      const form = new URLSearchParams(Buffer.from(body).toString('utf8'));
      const identity = Object.entries(auth?.identityTokens ?? {}).find(
        ([, token]) => token === form.get('refresh_token'),
      );
      const grants = method === 'POST' ? auth?.users[identity?.[0] ?? '']?.grants : userOf(headers['authorization']);
      if (grants === undefined) return failure(401, 'UNAUTHORIZED', 'who are you');
      const scopes = method === 'POST' ? (form.get('scope') ?? '').split(' ') : url.searchParams.getAll('scope');
      const seconds = auth?.tokenSeconds ?? 300;
      const token = `fake-token-${randomUUID()}`;
      tokens.set(token, { grants: granted(grants, scopes), expiresAt: now() + seconds * 1000 });
      const said = auth?.saysExpiry === false ? {} : { expires_in: seconds };
      return json(200, { [method === 'POST' ? 'access_token' : 'token']: token, ...said });
    },
    revoke: () => tokens.clear(),
  };
}

function callerWith(grants: Grants | undefined): Caller | undefined {
  if (grants === undefined) return undefined;
  return { may: (repository, action) => (grants[repository] ?? grants['*'] ?? []).includes(action) };
}

/** Of what was asked for, what the user has: less than asked is no error. */
function granted(grants: Grants, scopes: readonly string[]): Grants {
  const out: Record<string, Action[]> = {};
  for (const scope of scopes) {
    const [, repository = '', actions = ''] = /^repository:(.+):([^:]+)$/.exec(scope) ?? [];
    const has = grants[repository] ?? grants['*'] ?? [];
    out[repository] = [...(out[repository] ?? []), ...has.filter((each) => actions.split(',').includes(each))];
  }
  return out;
}
