import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from './options.ts';

/** A checkout of actions/cache, whose built actions run as they are. */
export interface Peer {
  readonly folder: string;
  /** The tag of its commit; where there is none, what its package.json says, which some releases forgot to raise. */
  readonly version: string;
  /** Undefined where the folder is no git checkout of its own. */
  readonly commit: string | undefined;
}

/** Reads what `--peer` names. @throws UsageError where that is no checkout of actions/cache */
export function readPeer(folder: string): Peer {
  for (const file of ['package.json', 'save/action.yml', 'restore/action.yml']) {
    if (!existsSync(join(folder, file))) {
      throw new UsageError(`--peer is ${folder}, where ${file} is missing; expected a checkout of actions/cache.`);
    }
  }
  const described: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const version: unknown =
    typeof described === 'object' && described !== null ? Reflect.get(described, 'version') : undefined;
  const checkout = readCheckout(folder);
  return {
    folder,
    version: checkout?.tag ?? (typeof version === 'string' ? version : 'unknown'),
    commit: checkout?.commit,
  };
}

export function peerName({ version, commit }: Peer): string {
  return `actions/cache ${version} (${commit ?? 'no commit: not a git checkout'})`;
}

function readCheckout(
  folder: string,
): { readonly commit: string | undefined; readonly tag: string | undefined } | undefined {
  const git = (...args: readonly string[]) => {
    const { status, stdout } = spawnSync('git', ['-C', folder, ...args], { encoding: 'utf8' });
    return status === 0 ? stdout.trim() : undefined;
  };
  // A folder within another repository would tell that one's commit.
  const top = git('rev-parse', '--show-toplevel');
  if (top === undefined || realpathSync(top) !== realpathSync(folder)) return undefined;
  // Of `v5` and `v5.0.5` the longer one: short ones move.
  const tags = (git('tag', '--points-at', 'HEAD') ?? '').split('\n').toSorted((a, b) => b.length - a.length);
  return { commit: git('rev-parse', 'HEAD'), tag: tags[0] === '' ? undefined : tags[0] };
}

/**
 * Loaded into the peer's steps before their own code (`node --require`): every host name is this machine. So the addresses of
 * the bench's cache service lead to it though their names are those of the real one, and nothing of the peer gets elsewhere.
 */
export const NAMES_SOURCE = `'use strict';
const dns = require('node:dns');
const { lookup } = dns;
dns.lookup = (name, options, callback) => lookup('127.0.0.1', options, callback);
`;
