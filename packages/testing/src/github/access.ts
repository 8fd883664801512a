import { failure, notFound, type Reply } from './reply.ts';
import type { Incoming, Route } from './route.ts';
import type { FakeToken, PermissionLevel, PermissionName, Quirks } from './types.ts';

/** Who comes with which token. */
export interface Access {
  /** The name of the token in `authorization`, `none`, or `unknown`. */
  nameOf(authorization: string | undefined): string;
  /** Whether any secret stands in this text. */
  holdsSecret(text: string): boolean;
  /** What the caller may do; undefined for credentials that nobody has. */
  callerOf(authorization: string | undefined): Incoming['may'] | undefined;
}

export function createAccess(tokens: readonly FakeToken[], isPrivate: boolean): Access {
  const tokenOf = (authorization: string | undefined): FakeToken | 'none' | 'unknown' => {
    if (authorization === undefined) return 'none';
    const [, secret] = /^(?:token|bearer)\s+(\S+)$/i.exec(authorization) ?? [];
    return tokens.find((token) => token.secret === secret) ?? 'unknown';
  };
  return {
    nameOf(authorization) {
      const token = tokenOf(authorization);
      return typeof token === 'string' ? token : token.name;
    },
    holdsSecret: (text) =>
      tokens.some(({ secret }) => text.includes(secret) || text.includes(encodeURIComponent(secret))),
    callerOf(authorization) {
      const token = tokenOf(authorization);
      if (token === 'unknown') return undefined;
      if (token === 'none') return (_, level) => !isPrivate && level === 'read';
      return (permission, level) => allows(token, permission, level);
    },
  };
}

function allows({ permissions }: FakeToken, permission: PermissionName, level: PermissionLevel): boolean {
  const has = permissions[permission] ?? (permission === 'metadata' ? 'read' : undefined);
  return has === 'write' || has === level;
}

/** `x-accepted-github-permissions`: alternatives are joined by `; `. */
export function acceptedPermissions(route: Route): string {
  return route.needs.map(([name, level]) => `${name.replaceAll('-', '_')}=${level}`).join('; ');
}

/** What is answered to a caller who may not. */
export function refusal(route: Route, quirks: Quirks, token: string): Reply {
  if (token === 'none' || quirks.missingPermission === 'hidden') return notFound();
  return failure(403, 'Resource not accessible by integration', {
    'x-accepted-github-permissions': acceptedPermissions(route),
  });
}
