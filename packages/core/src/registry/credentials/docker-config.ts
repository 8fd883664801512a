import { WaybillError } from '../../errors/index.ts';
import type { Credentials } from '../types.ts';

/** What of docker's `config.json` says who one is. */
export interface DockerConfig {
  /** By host. */
  readonly auths: ReadonlyMap<string, Credentials>;
  /** Name of the helper by host. */
  readonly helpers: ReadonlyMap<string, string>;
  /** The helper for all other hosts. */
  readonly store: string | undefined;
}

/** Under which docker keeps Docker Hub, whatever the host is called elsewhere. */
const HUB = 'index.docker.io';
const HUB_NAMES = ['docker.io', 'registry-1.docker.io'];

/**
 * docker's `config.json`. Entries without credentials (a helper has them) are left out; a key may be a URL.
 * @param path where it was read, for messages
 * @throws WaybillError `DOCKER_CONFIG_INVALID` (kind `user`)
 */
export function parseDockerConfig(text: string, path: string): DockerConfig {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // The parser's message would quote what stands there.
    throw new WaybillError('DOCKER_CONFIG_INVALID', `${path} is not JSON`, {
      kind: 'user',
      hint: 'Log in again, or point DOCKER_CONFIG at a folder with a good config.json.',
    });
  }
  const config = isObject(json) ? json : {};
  const store = config['credsStore'];
  return {
    auths: byHost(config['auths'], parseAuth),
    helpers: byHost(config['credHelpers'], (value) => (typeof value === 'string' ? value : undefined)),
    store: typeof store === 'string' && store !== '' ? store : undefined,
  };
}

/** The host as the entries of a config name it. */
export function configHost(host: string): string {
  return HUB_NAMES.includes(host) ? HUB : host;
}

function byHost<T>(json: unknown, parse: (value: unknown) => T | undefined): ReadonlyMap<string, T> {
  const out = new Map<string, T>();
  for (const [key, value] of Object.entries(isObject(json) ? json : {})) {
    const parsed = parse(value);
    const [, host] = /^(?:https?:\/\/)?([^/]+)(?:\/v[12]?\/?|\/)?$/.exec(key) ?? [];
    if (host !== undefined && parsed !== undefined) out.set(configHost(host.toLowerCase()), parsed);
  }
  return out;
}

function parseAuth(json: unknown): Credentials | undefined {
  if (!isObject(json)) return undefined;
  const { auth, identitytoken, username, password } = json;
  if (typeof identitytoken === 'string' && identitytoken !== '')
    return { kind: 'identity-token', token: identitytoken };
  if (typeof auth === 'string' && auth !== '') {
    const [, user, secret] = /^([^:]*):([\s\S]*)$/.exec(Buffer.from(auth, 'base64').toString('utf8')) ?? [];
    // docker ends the password with NULs in files of old versions.
    if (user !== undefined && secret !== undefined) return basic(user, secret.replaceAll('\0', ''));
  }
  return typeof username === 'string' && typeof password === 'string' ? basic(username, password) : undefined;
}

/** What a helper prints; undefined where that is nothing. The user `<token>` marks a refresh token. */
export function parseHelperOutput(text: string): Credentials | undefined {
  try {
    const json: unknown = JSON.parse(text);
    if (!isObject(json)) return undefined;
    const { Username: username, Secret: secret } = json;
    if (typeof username !== 'string' || typeof secret !== 'string' || secret === '') return undefined;
    return username === '<token>' ? { kind: 'identity-token', token: secret } : basic(username, secret);
  } catch {
    return undefined;
  }
}

function basic(username: string, password: string): Credentials {
  return { kind: 'basic', username, password };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
