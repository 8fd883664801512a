import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { redact, WaybillError } from '../errors/index.ts';
import { isLoopback } from '../oci/index.ts';

/** A repository on this machine. */
export interface PathRemote {
  readonly kind: 'path';
  /** Absolute: the bare repository, or the folder with a `.git` in it. */
  readonly path: string;
}

/** A repository of a host. */
export interface UrlRemote {
  readonly kind: 'url';
  /** As git takes it; without user and password where it is https. */
  readonly url: string;
  /** `https://host[:port]`: where a token may be shown; undefined for ssh, which has keys of its own. */
  readonly origin: string | undefined;
}

export type GitRemote = PathRemote | UrlRemote;

export interface ParseRemoteOptions {
  /** The user's home folder, for a path that starts with `~/`. */
  readonly home: string;
  /** What a relative path starts from. Absolute. */
  readonly cwd: string;
}

const ACCEPTED =
  'Accepted: a path, file:///PATH, https://HOST/PATH, ssh://[USER@]HOST/PATH, USER@HOST:PATH. Example: https://github.com/octo-org/app';
const HOST = /^(?:(?![-.])[A-Za-z0-9.-]+|\[[0-9a-f:.]+\])$/;
const SCP = /^([\w.-]+)@([^:/]+):(.+)$/;

/**
 * The repository that `text` names. What git would run (`ext::…`), what nobody vouches for (`git://`), and what would show
 * a token to the network (`http://`, except on this machine) is refused.
 * @throws WaybillError `GIT_REMOTE_INVALID` (user)
 */
export function parseGitRemote(text: string, { home, cwd }: ParseRemoteOptions): GitRemote {
  const name = text.trim();
  if (name === '') throw invalid(name, 'it is empty');
  if (/\p{Cc}/u.test(name)) throw invalid(name, 'it holds a control character');
  if (name.startsWith('-')) throw invalid(name, 'it starts with "-"');
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*)(::|:\/\/)/.exec(name);
  if (scheme !== null) return parseUrl(name, scheme[1]?.toLowerCase() ?? '', scheme[2] === '::');
  const scp = SCP.exec(name);
  if (scp !== null && !isWindowsPath(name)) {
    const [, user = '', host = '', path = ''] = scp;
    if (user.startsWith('-') || !HOST.test(host) || path.startsWith('-')) throw invalid(name, 'no host and path');
    return { kind: 'url', url: name, origin: undefined };
  }
  if (name === '~') return { kind: 'path', path: home };
  if (/^~[\\/]/.test(name)) return { kind: 'path', path: join(home, name.slice(2)) };
  if (name.includes(':') && !isWindowsPath(name) && !isAbsolute(name) && !name.startsWith('.')) {
    throw invalid(name, 'it is neither a path nor a URL');
  }
  return { kind: 'path', path: resolve(cwd, name) };
}

function parseUrl(name: string, scheme: string, isHelper: boolean): GitRemote {
  if (isHelper) throw invalid(name, `"${scheme}::" starts a program`);
  let url: URL;
  try {
    url = new URL(name);
  } catch {
    throw invalid(name, 'it is no URL');
  }
  switch (scheme) {
    case 'file':
      return parseFile(name, url);
    case 'ssh':
      if (!HOST.test(url.hostname) || url.username.startsWith('-') || url.password !== '') {
        throw invalid(name, 'no host, or a password in it');
      }
      return { kind: 'url', url: name, origin: undefined };
    case 'https':
    case 'http':
      return parseHttp(name, url);
    default:
      throw invalid(name, `${scheme}:// is not spoken here`);
  }
}

function parseFile(name: string, url: URL): PathRemote {
  if (url.hostname !== '') throw invalid(name, 'a file URL has three slashes: file:///PATH');
  try {
    return { kind: 'path', path: fileURLToPath(url) };
  } catch {
    throw invalid(name, 'it is no path of this machine');
  }
}

function parseHttp(name: string, url: URL): UrlRemote {
  if (url.username !== '' || url.password !== '') throw invalid(name, 'no user or password belongs here: give a token');
  if (url.search !== '' || url.hash !== '') throw invalid(name, 'it has a query or a fragment');
  if (url.protocol === 'http:' && !isLoopback(url.host))
    throw invalid(name, 'http:// is read by everyone on the way: use https://');
  if (url.pathname === '/') throw invalid(name, 'no repository');
  return { kind: 'url', url: url.href.replace(/\/+$/, ''), origin: url.origin };
}

/** The repository, for people. */
export function showRemote(remote: GitRemote): string {
  return remote.kind === 'path' ? remote.path : redact(remote.url);
}

function isWindowsPath(name: string): boolean {
  return /^[A-Za-z]:[\\/]/.test(name);
}

function invalid(name: string, why: string): WaybillError {
  const shown = redact(name).replace(/\/\/[^/@]*@/, '//***@');
  return new WaybillError('GIT_REMOTE_INVALID', `git repository ${JSON.stringify(shown)}: ${why}`, {
    kind: 'user',
    hint: ACCEPTED,
  });
}
