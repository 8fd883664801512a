import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { gitEnv, runGit } from '@waybill/testing/git';
import { sleep } from '../async/index.ts';
import { createRunProgram } from '../proc/index.ts';
import { type GitHistoryOptions, openGitHistory } from './open-git-history.ts';

const env = gitEnv();
const run = createRunProgram({ env, platform: process.platform });
const FILE = '.github/waybill.yml';

describe('the history of a repository', () => {
  let folder: string;
  /** A working copy with 60 commits on main, and a branch that leaves it after the 20th. */
  let work: string;
  let main: readonly string[];
  let side: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'git-history-'));
    work = join(folder, 'work');
    mkdirSync(join(work, '.github'), { recursive: true });
    runGit(work, ['init', '-q', '-b', 'main']);
    const commit = (message: string): string => {
      runGit(work, ['commit', '-q', '--allow-empty', '-m', message]);
      return runGit(work, ['rev-parse', 'HEAD']);
    };
    main = Array.from({ length: 59 }, (_, i) => commit(`main ${i}`));
    runGit(work, ['checkout', '-q', '-b', 'side', main[19] ?? '']);
    side = commit('side');
    runGit(work, ['checkout', '-q', 'main']);
    writeFileSync(join(work, FILE), 'version: 1\n');
    runGit(work, ['add', '-A']);
    main = [...main, commit('a file')];
    runGit(work, ['checkout', '-q', 'side']);
    runGit(folder, ['clone', '-q', '--bare', work, 'bare.git']);
    runGit(folder, ['-C', 'bare.git', 'symbolic-ref', 'HEAD', 'refs/heads/main']);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const open = (path: string, options: Partial<GitHistoryOptions> = {}) =>
    openGitHistory({
      remote: { kind: 'path', path: join(folder, path) },
      workFolder: join(folder, 'private'),
      env,
      run,
      clock: { now: Date.now, sleep, random: Math.random },
      ...options,
    });
  const at = (index: number): string => main.at(index) ?? '';
  const UNKNOWN = '0123456789abcdef0123456789abcdef01234567';

  test('has files of a commit that is named, whatever branch it is on', async () => {
    const { readFile } = open('bare.git');
    expect(Buffer.from((await readFile(at(-1), FILE)) ?? '').toString()).toBe('version: 1\n');
    expect(await readFile(side, FILE)).toBeUndefined();
    await expect(readFile(UNKNOWN, FILE)).rejects.toMatchObject({ code: 'COMMIT_UNKNOWN', kind: 'integrity' });
    await expect(readFile('main', FILE)).rejects.toMatchObject({ code: 'COMMIT_INVALID' });
    await expect(readFile(side, '../secret')).rejects.toThrow(RangeError);
  });

  test.each(['bare.git', 'work'])('tells how one commit of %s stands to another', async (path) => {
    const { compareCommits } = open(path);
    expect(await compareCommits(at(-1), at(-1))).toBe('identical');
    expect(await compareCommits(at(-2), at(-1))).toBe('ahead');
    expect(await compareCommits(at(0), at(-1))).toBe('ahead');
    expect(await compareCommits(at(-1), at(-2))).toBe('behind');
    expect(await compareCommits(at(-1), at(0))).toBe('behind');
    expect(await compareCommits(at(-1), side)).toBe('diverged');
    expect(await compareCommits(side, at(-1))).toBe('diverged');
    expect(await compareCommits(at(19), side)).toBe('ahead');
    expect(await compareCommits(UNKNOWN, at(-1))).toBe('unknown');
    expect(await compareCommits(at(-1), UNKNOWN)).toBe('unknown');
  });

  test('fetches no more of it than the answer needs', async () => {
    const calls: string[][] = [];
    const watched: typeof run = (command, args, options) => {
      calls.push([...args]);
      return run(command, args, options);
    };
    await open('bare.git', { run: watched }).compareCommits(at(-2), at(-1));
    const fetches = calls.filter((args) => args.includes('fetch'));
    expect(fetches).toHaveLength(1);
    expect(fetches[0]).toEqual(expect.arrayContaining(['--filter=tree:0', '--depth=32']));
  });

  test('asks the origin of a shallow copy for what it lacks', async () => {
    runGit(folder, ['clone', '-q', '--depth=1', '-b', 'main', `file://${join(folder, 'bare.git')}`, 'shallow']);
    const { compareCommits } = open('shallow');
    expect(await compareCommits(at(0), at(-1))).toBe('ahead');
    expect(await compareCommits(at(-1), at(0))).toBe('behind');
    expect(await compareCommits(at(-1), side)).toBe('diverged');
    expect(runGit(join(folder, 'shallow'), ['rev-list', '--count', 'HEAD'])).toBe('1');
  });

  test('does not know what a shallow copy without an origin lacks', async () => {
    runGit(folder, ['clone', '-q', '--depth=5', '-b', 'main', `file://${join(folder, 'bare.git')}`, 'alone']);
    runGit(join(folder, 'alone'), ['remote', 'remove', 'origin']);
    const { compareCommits } = open('alone');
    expect(await compareCommits(at(-3), at(-1))).toBe('ahead');
    expect(await compareCommits(at(0), at(-1))).toBe('unknown');
  });

  test('needs no files of a partial copy', async () => {
    runGit(join(folder, 'bare.git'), ['config', 'uploadpack.allowFilter', 'true']);
    const url = `file://${join(folder, 'bare.git')}`;
    runGit(folder, ['clone', '-q', '--bare', '--filter=tree:0', url, 'partial.git']);
    const { compareCommits } = open('partial.git');
    expect(await compareCommits(at(0), at(-1))).toBe('ahead');
    expect(await compareCommits(at(-1), side)).toBe('diverged');
  });

  test('refuses what is no commit', async () => {
    await expect(open('bare.git').compareCommits('main', at(-1))).rejects.toMatchObject({ code: 'COMMIT_INVALID' });
  });

  test('reads a file of the default branch, whatever is checked out', async () => {
    const expected = { bytes: Buffer.from('version: 1\n'), commit: at(-1) };
    expect(await open('bare.git').readDefaultBranchFile(FILE)).toEqual(expected);
    expect(await open('bare.git').readDefaultBranchFile('.github/other.yml')).toBeUndefined();
    expect(await open('bare.git').readDefaultBranchFile('.github')).toBeUndefined();
    runGit(folder, ['clone', '-q', 'bare.git', 'copy']);
    runGit(join(folder, 'copy'), ['checkout', '-q', '-b', 'pull', side]);
    expect(await open('copy').readDefaultBranchFile(FILE)).toEqual(expected);
    runGit(join(folder, 'copy'), ['remote', 'set-head', 'origin', '--delete']);
    await expect(open('copy').readDefaultBranchFile(FILE)).rejects.toMatchObject({
      code: 'GIT_NO_DEFAULT_BRANCH',
      kind: 'user',
    });
  });

  test('of a repository that nobody cloned, takes the branch that is checked out', async () => {
    expect(await open('work').readDefaultBranchFile(FILE)).toBeUndefined();
    expect(await open('work').compareCommits(at(0), side)).toBe('ahead');
  });

  test('of an empty repository there is none, and of one that is missing only where it may be made', async () => {
    runGit(folder, ['init', '-q', '--bare', 'empty.git']);
    expect(await open('empty.git').readDefaultBranchFile(FILE)).toBeUndefined();
    expect(await open('empty.git').compareCommits(at(0), at(1))).toBe('unknown');
    const missing = { code: 'GIT_REPOSITORY_UNKNOWN', kind: 'user' };
    await expect(open('missing.git').readDefaultBranchFile(FILE)).rejects.toMatchObject(missing);
    await expect(open('missing.git').compareCommits(at(0), at(1))).rejects.toMatchObject(missing);
    expect(await open('missing.git', { create: true }).readDefaultBranchFile(FILE)).toBeUndefined();
    expect(await open('missing.git', { create: true }).compareCommits(at(0), at(1))).toBe('unknown');
  });

  test('refuses a file that is too large', async () => {
    runGit(folder, ['init', '-q', '-b', 'main', 'large']);
    writeFileSync(join(folder, 'large', 'waybill.yml'), Buffer.alloc(1024 * 1024 + 1, 'x'));
    runGit(join(folder, 'large'), ['add', '-A']);
    runGit(join(folder, 'large'), ['commit', '-q', '-m', 'large']);
    await expect(open('large').readDefaultBranchFile('waybill.yml')).rejects.toMatchObject({ code: 'FILE_TOO_LARGE' });
  });

  test('speaks SHA-256 as well', async () => {
    runGit(folder, ['init', '-q', '-b', 'main', '--object-format=sha256', 'long']);
    const commit = (message: string): string => {
      runGit(join(folder, 'long'), ['commit', '-q', '--allow-empty', '-m', message]);
      return runGit(join(folder, 'long'), ['rev-parse', 'HEAD']);
    };
    const [a, b] = [commit('a'), commit('b')];
    expect(await open('long').compareCommits(a, b)).toBe('ahead');
    expect(await open('long').compareCommits(at(0), b)).toBe('unknown');
    expect(await open('long').readDefaultBranchFile(FILE)).toBeUndefined();
  });
});
