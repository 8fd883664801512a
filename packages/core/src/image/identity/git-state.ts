import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { WaybillError } from '../../errors/index.ts';
import type { RunTool } from '../../proc/index.ts';

/** What git says of one folder or file of a checkout. */
export interface GitState {
  /** Tracked files that differ from HEAD, relative to the asked folder. */
  readonly changed: readonly string[];
  /** What is neither tracked nor ignored: files, and folders that are repositories of their own (ending in `/`). */
  readonly untracked: readonly string[];
  /** What is ignored: files, and whole folders (ending in `/`). */
  readonly ignored: readonly string[];
  /** Tracked files that a sparse checkout left out, and submodules that were not checked out. */
  readonly absent: readonly string[];
}

/** A checkout. */
export interface Checkout {
  /** The top folder, absolute. */
  readonly top: string;
  /** HEAD: 40 or 64 hex. */
  readonly commit: string;
}

/** Large repositories take their time, and their listings have some megabytes. */
const TIMEOUT_MS = 180_000;

export interface GitDeps {
  readonly runTool: RunTool;
  readonly signal?: AbortSignal;
}

/** The checkout that this folder is part of; undefined where it is part of none. @throws WaybillError `GIT_FAILED` (user), `TOOL_MISSING` */
export async function findCheckout(folder: string, deps: GitDeps): Promise<Checkout | undefined> {
  try {
    const top = (await git(['rev-parse', '--show-toplevel'], folder, deps)).replace(/\r?\n$/, '');
    const commit = (await git(['rev-parse', '--verify', 'HEAD^{commit}'], folder, deps)).trim();
    return { top, commit };
  } catch (error) {
    if (error instanceof WaybillError && /not a git repository/i.test(error.message)) return undefined;
    throw gitFailed(folder, error);
  }
}

/**
 * The state of what lies below a folder of a checkout (`.` for all of it, `/` between).
 * @param at relative to the top
 * @throws WaybillError `GIT_FAILED` (user)
 */
export async function readGitState(checkout: Checkout, at: string, deps: GitDeps): Promise<GitState> {
  const place = at === '.' ? ':(top)' : `:(top,literal)${at}`;
  const inside = (path: string): string => (at === '.' ? path : path === at ? '' : path.slice(at.length + 1));
  try {
    const [status, tracked] = await Promise.all([
      git(
        ['status', '--porcelain=v1', '-z', '--no-renames', '--untracked-files=all', '--ignored=matching', '--', place],
        checkout.top,
        deps,
      ),
      git(['ls-files', '-t', '-s', '-z', '--', place], checkout.top, deps),
    ]);
    const entries = status
      .split('\0')
      .filter((entry) => entry !== '')
      .map((entry) => ({ code: entry.slice(0, 2), path: inside(entry.slice(3)) }));
    const those = (test: (code: string) => boolean) => entries.filter(({ code }) => test(code)).map(({ path }) => path);
    const changed = those((code) => code !== '??' && code !== '!!');
    return {
      changed,
      untracked: those((code) => code === '??'),
      ignored: those((code) => code === '!!'),
      absent: absentOf(checkout.top, tracked).map(inside),
    };
  } catch (error) {
    throw gitFailed(at, error);
  }
}

/** The object that HEAD has at this path: of a folder the tree, of a file the blob. @throws WaybillError `GIT_FAILED` (user) */
export async function readObjectId(checkout: Checkout, at: string, deps: GitDeps): Promise<string> {
  try {
    const name = `HEAD:${at === '.' ? '' : at}`;
    return (await git(['rev-parse', '--verify', name], checkout.top, deps)).trim();
  } catch (error) {
    throw gitFailed(at, error);
  }
}

/** Lines of `git ls-files -t -s -z`: `H 100644 <hex> 0<tab>path`. A submodule that is there has a `.git`. */
function absentOf(top: string, listing: string): readonly string[] {
  return listing.split('\0').flatMap((line) => {
    const [, flag, mode, path] = /^(\S) (\d+) [0-9a-f]+ \d\t([\s\S]+)$/.exec(line) ?? [];
    if (path === undefined) return [];
    const isAbsent = flag === 'S' || (mode === '160000' && !existsSync(join(top, path, '.git')));
    return isAbsent ? [path] : [];
  });
}

async function git(args: readonly string[], cwd: string, { runTool, signal }: GitDeps): Promise<string> {
  const options = { cwd, timeoutMs: TIMEOUT_MS, ...(signal === undefined ? {} : { signal }) };
  // No file of the checkout decides what git starts.
  const safe = ['-c', 'core.fsmonitor=false', '-c', 'core.quotePath=false', '--no-optional-locks'];
  return (await runTool('git', [...safe, ...args], options)).stdout;
}

function gitFailed(where: string, error: unknown): unknown {
  if (!(error instanceof WaybillError) || error.code !== 'TOOL_FAILED') return error;
  return new WaybillError('GIT_FAILED', `git cannot tell what ${where} holds: ${error.message}`, {
    kind: 'user',
    hint: /dubious ownership/.test(error.message)
      ? 'The checkout belongs to another user: run `git config --global --add safe.directory "$GITHUB_WORKSPACE"` in a step before this one.'
      : 'Check the repository out (actions/checkout) before this step.',
    cause: error,
  });
}
