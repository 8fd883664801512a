import { join } from 'node:path';
import { errorMessage, redact, WaybillError } from '../errors/index.ts';
import { parseReference, type Reference } from '../oci/index.ts';

/** Who shares what is saved: the branches of one repository by the rules of scopes, or all repositories alike. */
export type Share = 'repository' | 'all';

/** A folder on this machine, as an OCI image layout. */
export interface DirStoreUri {
  readonly kind: 'dir';
  /** As written, `~` replaced; relative to the folder that the caller decides on. */
  readonly path: string;
  /** Bytes; 0 is without a cap. */
  readonly maxBytes: number;
  /** `all`: repositories on this machine share what they save. */
  readonly share: Share;
}

/** A repository of an OCI registry. */
export interface OciStoreUri {
  readonly kind: 'oci';
  /** `host[:port]`, lower case. */
  readonly host: string;
  readonly repository: string;
  /** Plain http, or any certificate, will do. Loopback hosts are spoken to by http without it. */
  readonly insecure: boolean;
  /** `all`: all repositories whose tokens reach this one share what they save. */
  readonly share: Share;
}

/** Where bytes and names live, as a user writes it. */
export type StoreUri = DirStoreUri | OciStoreUri;

/** 10 GiB. */
export const DEFAULT_MAX_STORE_BYTES = 10 * 1024 ** 3;

/** What nobody calls a folder, and a list written in the wrong way holds. */
const SECOND_STORE = /[\s,;|]\s*(?:dir:|oci:\/\/)/;
const LATER = ['actions:', 'git:', 'release://', 's3://'];
const ACCEPTED_DIR =
  'Accepted: dir:PATH, dir:PATH?max=SIZE (default 10GiB, 0 for no cap), dir:PATH?share=all. Example: dir:~/.cache/waybill?max=20GiB';
const ACCEPTED_OCI =
  'Accepted: oci://HOST[:PORT]/REPOSITORY, oci://HOST/REPOSITORY?insecure=true, oci://HOST/REPOSITORY?share=all. Example: oci://ghcr.io/octo-org/app-cache';

/**
 * The store that `text` names.
 * @param home the user's home folder, for a path that starts with `~/`
 * @throws WaybillError `STORE_URI_INVALID`, `STORE_UNSUPPORTED` (kind `user`)
 */
export function parseStoreUri(text: string, home: string): StoreUri {
  const uri = text.trim();
  if (uri.startsWith('dir:')) return parseDir(uri, home);
  if (uri.startsWith('oci://')) return parseOci(uri);
  throw unknownScheme(uri);
}

function parseDir(uri: string, home: string): DirStoreUri {
  const [path, query] = splitQuery(uri.slice('dir:'.length));
  if (path === '') throw invalid(uri, 'no path');
  if (path.includes('\0')) throw invalid(uri, 'NUL in the path');
  if (SECOND_STORE.test(path))
    throw invalid(uri, 'two stores in one line: each has a line of its own (`--store` given twice)');
  const { max, share } = parseOptions(uri, query, ['max', 'share']);
  const maxBytes = max === undefined ? DEFAULT_MAX_STORE_BYTES : parseSize(uri, max);
  return { kind: 'dir', path: expandHome(path, home), maxBytes, share: parseShare(uri, share) };
}

function parseOci(uri: string): OciStoreUri {
  const [name, query] = splitQuery(uri.slice('oci://'.length));
  const { insecure, share } = parseOptions(uri, query, ['insecure', 'share']);
  const { host, repository } = parseRepository(uri, name);
  if (insecure !== undefined && insecure !== 'true') throw invalid(uri, `insecure=${insecure}, expected insecure=true`);
  return { kind: 'oci', host, repository, insecure: insecure === 'true', share: parseShare(uri, share) };
}

function parseRepository(uri: string, name: string): Reference {
  // Else the message would hold the password.
  if (/^[^/]*@/.test(name)) throw invalid(uri, 'no user or password belongs here: log in with docker/login-action');
  let reference: Reference;
  try {
    reference = parseReference(name);
  } catch (error) {
    const lower = name.toLowerCase();
    // `github.repository` keeps the case of its owner, and expressions cannot change it.
    throw invalid(uri, isReference(lower) ? `a repository is in lower case: oci://${lower}` : errorMessage(error));
  }
  if (reference.tag !== undefined) throw invalid(uri, 'a tag, expected a repository alone');
  if (reference.digest !== undefined) throw invalid(uri, 'a digest, expected a repository alone');
  return reference;
}

function isReference(name: string): boolean {
  try {
    parseReference(name);
    return true;
  } catch {
    return false;
  }
}

function splitQuery(text: string): readonly [string, string] {
  const mark = text.indexOf('?');
  return mark === -1 ? [text, ''] : [text.slice(0, mark), text.slice(mark + 1)];
}

function parseOptions<K extends string>(uri: string, query: string, known: readonly K[]): Partial<Record<K, string>> {
  const options: Partial<Record<K, string>> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    const option = known.find((each) => each === name);
    if (option === undefined) throw invalid(uri, `unknown option ${JSON.stringify(name)}`);
    if (options[option] !== undefined) throw invalid(uri, `${name} stands there twice`);
    options[option] = value;
  }
  return options;
}

function parseShare(uri: string, share: string | undefined): Share {
  if (share !== undefined && share !== 'all') throw invalid(uri, `share=${share}, expected share=all`);
  return share ?? 'repository';
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  tib: 1024 ** 4,
};

function parseSize(uri: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim());
  const unit = UNITS[(match?.[2] ?? '').toLowerCase()];
  const bytes = match?.[1] === undefined || unit === undefined ? Number.NaN : Math.round(Number(match[1]) * unit);
  if (!Number.isSafeInteger(bytes)) throw invalid(uri, `max=${text}, expected a size such as 500MB, 10GiB or 0`);
  return bytes;
}

function expandHome(path: string, home: string): string {
  if (path === '~') return home;
  return path.startsWith('~/') || path.startsWith('~\\') ? join(home, path.slice(2)) : path;
}

function unknownScheme(uri: string): WaybillError {
  const later = LATER.find((scheme) => uri.startsWith(scheme));
  if (later === undefined) return invalid(uri, 'unknown scheme, expected dir: or oci://');
  return new WaybillError(
    'STORE_UNSUPPORTED',
    `${store(uri)}: ${later} is not in this version, which has dir: and oci://`,
    { kind: 'user', hint: `${ACCEPTED_DIR}. ${ACCEPTED_OCI}` },
  );
}

function invalid(uri: string, why: string): WaybillError {
  const hint = uri.startsWith('oci:') ? ACCEPTED_OCI : uri.startsWith('dir:') ? ACCEPTED_DIR : undefined;
  return new WaybillError('STORE_URI_INVALID', `${store(uri)}: ${why}`, {
    kind: 'user',
    hint: hint ?? `${ACCEPTED_DIR}. ${ACCEPTED_OCI}`,
  });
}

function store(uri: string): string {
  return `store ${JSON.stringify(redact(uri))}`;
}
