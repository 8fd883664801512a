import { createPrivateKey, randomUUID, sign } from 'node:crypto';
import http from 'node:http';
import { listen } from '@waybill/testing/loopback';
import { TEST_CERTIFICATE, TEST_KEY } from '@waybill/testing/tls';
import type { DockerRegistryOptions } from './docker-registry.ts';

type Actions = readonly string[];

export interface TokenServer {
  /** What the registry that believes this server must be told. */
  readonly token: NonNullable<DockerRegistryOptions['token']>;
  /** The scopes of each exchange, in their order. */
  readonly exchanges: readonly (readonly string[])[];
  /** The token of each. */
  readonly issued: readonly string[];
  /** The n-th token from now on, counted from 1, is one that has long expired. */
  spoil(n: number): void;
  stop(): Promise<void>;
}

const SERVICE = 'registry of the tests';
const ISSUER = 'tests';
/** Distribution takes a token for as long after its end. */
const LEEWAY_SECONDS = 60;

/** Somebody whom the server knows. */
export interface TokenUser {
  readonly password: string;
  readonly actions: Actions;
  /** Default: every repository. */
  readonly repositories?: readonly string[];
}

export interface TokenServerOptions {
  /**
   * Whole seconds that a token is taken for at the least, and a second more at the most. The server says nothing of it, as
   * GHCR's does. Default: 300, and it says so.
   */
  readonly lifeSeconds?: number;
}

/**
 * A token server as Distribution's documentation describes it ("Token Authentication Implementation"), for a real registry.
 * @param users by user name
 */
export async function startTokenServer(
  users: Readonly<Record<string, TokenUser>>,
  { lifeSeconds }: TokenServerOptions = {},
): Promise<TokenServer> {
  const exchanges: (readonly string[])[] = [];
  const issued: string[] = [];
  let spoilt = 0;
  const secondsLeft = lifeSeconds === undefined ? 300 : lifeSeconds + 1 - LEEWAY_SECONDS;
  const server = http.createServer((request, response) => {
    const [, pair = ''] = /^Basic (.+)$/.exec(request.headers.authorization ?? '') ?? [];
    const [name = '', password] = Buffer.from(pair, 'base64').toString('utf8').split(':');
    const user = users[name];
    if (user === undefined || user.password !== password) {
      response.writeHead(401).end();
      return;
    }
    const scopes = new URL(request.url ?? '/', 'http://tokens').searchParams.getAll('scope');
    exchanges.push(scopes);
    spoilt -= 1;
    const token = issue(name, scopes, user, spoilt === 0 ? -2 * LEEWAY_SECONDS : secondsLeft);
    issued.push(token);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ token, ...(lifeSeconds === undefined ? { expires_in: 300 } : {}) }));
  });
  const { origin, stop } = await listen(server);
  return {
    token: {
      realm: `${origin}/token`,
      service: SERVICE,
      issuer: ISSUER,
      rootCertificate: TEST_CERTIFICATE,
    },
    exchanges,
    issued,
    spoil: (n) => {
      spoilt = n;
    },
    stop,
  };
}

function issue(subject: string, scopes: readonly string[], user: TokenUser, seconds: number): string {
  const now = Math.floor(Date.now() / 1000);
  const access = scopes.map((scope) => {
    const [, name = '', actions = ''] = /^repository:(.+):([^:]+)$/.exec(scope) ?? [];
    const allowed = user.repositories?.includes(name) === false ? [] : user.actions;
    return { type: 'repository', name, actions: actions.split(',').filter((each) => allowed.includes(each)) };
  });
  const certificate = TEST_CERTIFICATE.replace(/-----[^-]+-----|\s/g, '');
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const head = part({ typ: 'JWT', alg: 'ES256', x5c: [certificate] });
  const times = { iat: now - 600, nbf: now - 600, exp: now + seconds };
  const body = part({ iss: ISSUER, sub: subject, aud: SERVICE, jti: randomUUID(), access, ...times });
  const key = { key: createPrivateKey(TEST_KEY), dsaEncoding: 'ieee-p1363' } as const;
  return `${head}.${body}.${sign('sha256', Buffer.from(`${head}.${body}`), key).toString('base64url')}`;
}
