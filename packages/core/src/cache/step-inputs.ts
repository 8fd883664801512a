import { posix, win32 } from 'node:path';
import { parseStoreChain, STORE_CHAIN_GRAMMAR, type StoreChain, type StoreUri } from '../content/index.ts';
import { errorMessage, redact } from '../errors/index.ts';
import { type PathContext, type PathSet, parsePaths } from '../paths/index.ts';
import { type InputReader, readRegistryHosts } from '../runner/index.ts';
import { keyProblems } from './key.ts';

/** What a step's `path` said: its lines, and what they mean here. */
export interface PathInput {
  /** As written, in order; together with the context they were read in they mean the same later. */
  readonly lines: readonly string[];
  readonly set: PathSet;
}

const NO_PATHS: PathSet = { patterns: [], roots: [], includes: () => false, mayInclude: () => false };
const NO_STORE: StoreChain = {
  tiers: [[{ kind: 'dir', path: '', maxBytes: 0, share: 'repository' }]],
  share: 'repository',
};

/** Files, folders and globs: one a line, or a JSON list of strings. `alias` is a second name of the same input. */
export function readPaths(reader: InputReader, name: string, alias: string, context: PathContext): PathInput {
  const accepted = 'files, folders and globs, one a line or as a JSON list';
  const example = 'node_modules';
  const used = reader.text(name) === '' && reader.text(alias) !== '' ? alias : name;
  const value = reader.text(used);
  if (used === name && reader.text(alias) !== '' && reader.text(alias) !== value) {
    reader.reject({
      name: alias,
      value: reader.text(alias),
      why: `${name} is given too and says something else`,
      accepted: `one of ${name} and ${alias}`,
    });
  }
  if (value === '') {
    reader.reject({ name, value, accepted, example });
    return { lines: [], set: NO_PATHS };
  }
  const lines =
    value.startsWith('["') || value === '[]'
      ? jsonList(value)
      : reader.lines(used).map((line) => line.replace(/^!\s+/, '!'));
  if (lines === undefined) {
    reader.reject({
      name: used,
      value,
      why: 'it starts like a JSON list of strings and is none',
      accepted,
      example: '["node_modules", "!node_modules/.cache"]',
    });
    return { lines: [], set: NO_PATHS };
  }
  try {
    return { lines, set: parsePaths(lines, context) };
  } catch (error) {
    reader.reject({ name: used, value, why: errorMessage(error).replace(/^path: /, ''), accepted, example });
    return { lines, set: NO_PATHS };
  }
}

function jsonList(text: string): readonly string[] | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return Array.isArray(json) && json.every((each) => typeof each === 'string') ? json : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The key by the rules of actions/cache; undefined where it is to be derived: it is `auto`, or it is empty and another
 * input says what it follows from (`derivable`).
 */
export function readKey(
  reader: InputReader,
  name: string,
  { derivable }: { readonly derivable: boolean },
): string | undefined {
  const key = reader.text(name);
  if (key === 'auto' || (key === '' && derivable)) return undefined;
  const accepted = '1 to 512 characters without a comma, or `auto`; nothing where `preset` or `key-from` is given';
  const example = 'auto';
  if (key === '') {
    reader.reject({ name, value: key, accepted, example });
  } else {
    const [problem] = keyProblems(key, []);
    if (problem !== undefined) reader.reject({ name, value: key, why: problem, accepted, example });
  }
  return key;
}

/** Prefixes, one a line, in the order in which they count. */
export function readRestoreKeys(reader: InputReader, name: string): readonly string[] {
  const keys = reader.lines(name);
  // The primary key has its own message; here it only counts.
  const problems = keyProblems('primary', keys);
  if (problems.length > 0) {
    reader.reject({
      name,
      value: keys.join(' '),
      why: problems.join('; '),
      accepted: 'at most 9 prefixes, one a line, each 1 to 512 characters without a comma',
      example: 'deps-',
    });
  }
  return keys;
}

/**
 * Where entries are kept, one store a line: a folder's path absolute, a registry insecure also where `insecure` lists its
 * host.
 * @param names of the inputs
 * @param fallback what counts where the input is empty: the job's default, if it has one
 */
export function readStore(
  reader: InputReader,
  names: { readonly store: string; readonly insecure: string },
  fallback: string | undefined,
  context: PathContext,
): StoreChain {
  const name = names.store;
  const insecure = readRegistryHosts(reader, names.insecure);
  const value = reader.text(name) || (fallback ?? '');
  const reject = (why: string) =>
    reader.reject({
      name,
      value: redact(value),
      why,
      accepted:
        '`dir:PATH`, with `?max=10GiB` for another cap, or `oci://HOST/REPOSITORY`; either with `?share=all` to share between ' +
        `repositories; ${STORE_CHAIN_GRAMMAR}`,
      example: 'oci://ghcr.io/octo-org/app-cache',
    });
  if (value === '') {
    reject('the environment variable WAYBILL_STORE names none either');
    return NO_STORE;
  }
  const { resolve } = context.platform === 'win32' ? win32 : posix;
  const complete = (uri: StoreUri): StoreUri =>
    uri.kind === 'oci'
      ? { ...uri, insecure: uri.insecure || insecure.includes(uri.host) }
      : { ...uri, path: resolve(context.workspace, uri.path) };
  try {
    return parseStoreChain(value, context.home, complete);
  } catch (error) {
    reject(errorMessage(error));
    return NO_STORE;
  }
}

/** zstd's level: `auto`, or 1 to 19. */
export function readCompressionLevel(reader: InputReader, name: string): number | 'auto' {
  const value = reader.text(name);
  if (value === '' || value === 'auto') return 'auto';
  if (/^\d{1,2}$/.test(value) && Number(value) >= 1 && Number(value) <= 19) return Number(value);
  reader.reject({ name, value, accepted: '`auto`, or a whole number from 1 to 19', example: 'auto' });
  return 'auto';
}

/** Inputs that a later version will know: better refused than quietly ignored. */
export function rejectUnbuilt(reader: InputReader, names: readonly string[]): void {
  for (const name of names) {
    const value = reader.text(name);
    if (value !== '') reader.reject({ name, value, why: 'not in this version', accepted: 'nothing yet; leave it out' });
  }
}
