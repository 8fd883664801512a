import { join } from 'node:path';
import { WaybillError } from '../errors/index.ts';

/** Where bytes and names live, as a user writes it. */
export interface DirStoreUri {
  readonly kind: 'dir';
  /** As written, `~` replaced; relative to the folder that the caller decides on. */
  readonly path: string;
  /** Bytes; 0 is without a cap. */
  readonly maxBytes: number;
  /** `all`: repositories on this machine share what they save. */
  readonly share: 'repository' | 'all';
}
export type StoreUri = DirStoreUri;

/** 10 GiB. */
export const DEFAULT_MAX_STORE_BYTES = 10 * 1024 ** 3;

const LATER = ['actions:', 'oci://', 'git:', 'release://', 's3://'];
const ACCEPTED =
  'Accepted: dir:PATH, dir:PATH?max=SIZE (default 10GiB, 0 for no cap), dir:PATH?share=all. Example: dir:~/.cache/waybill?max=20GiB';

/**
 * The store that `text` names.
 * @param home the user's home folder, for a path that starts with `~/`
 * @throws WaybillError `STORE_URI_INVALID`, `STORE_UNSUPPORTED` (kind `user`)
 */
export function parseStoreUri(text: string, home: string): StoreUri {
  const trimmed = text.trim();
  if (!trimmed.startsWith('dir:')) throw unknownScheme(trimmed);
  const rest = trimmed.slice('dir:'.length);
  const mark = rest.indexOf('?');
  const path = mark === -1 ? rest : rest.slice(0, mark);
  if (path === '') throw invalid(trimmed, 'no path');
  if (path.includes('\0')) throw invalid(trimmed, 'NUL in the path');
  const options = parseOptions(trimmed, mark === -1 ? '' : rest.slice(mark + 1));
  return { kind: 'dir', path: expandHome(path, home), ...options };
}

function parseOptions(uri: string, query: string): { maxBytes: number; share: 'repository' | 'all' } {
  let maxBytes = DEFAULT_MAX_STORE_BYTES;
  let share: 'repository' | 'all' = 'repository';
  const seen = new Set<string>();
  for (const [name, value] of new URLSearchParams(query)) {
    if (seen.has(name)) throw invalid(uri, `${name} stands there twice`);
    seen.add(name);
    if (name === 'max') maxBytes = parseSize(uri, value);
    else if (name === 'share' && value === 'all') share = 'all';
    else if (name === 'share') throw invalid(uri, `share=${value}, expected share=all`);
    else throw invalid(uri, `unknown option ${JSON.stringify(name)}`);
  }
  return { maxBytes, share };
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
  if (later === undefined) return invalid(uri, 'unknown scheme');
  return new WaybillError(
    'STORE_UNSUPPORTED',
    `store ${JSON.stringify(uri)}: ${later} is not in this version, which has dir: only`,
    {
      kind: 'user',
      hint: ACCEPTED,
    },
  );
}

function invalid(uri: string, why: string): WaybillError {
  return new WaybillError('STORE_URI_INVALID', `store ${JSON.stringify(uri)}: ${why}`, {
    kind: 'user',
    hint: ACCEPTED,
  });
}
