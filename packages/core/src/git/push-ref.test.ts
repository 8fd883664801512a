import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { gitEnv, runGit } from '@waybill/testing/git';
import { createRunProgram } from '../proc/index.ts';
import { createGit, type GitAccess } from './create-git.ts';
import { openGitRefStore } from './open-git-ref-store.ts';
import { pushRef } from './push-ref.ts';

const NAME = 'refs/waybill/channel/app/production';

describe('a push of a ref', () => {
  let folder: string;
  let path: string;
  let access: GitAccess;
  let commits: readonly string[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'push-ref-'));
    path = join(folder, 'app.git');
    runGit(folder, ['init', '-q', '--bare', 'app.git']);
    runGit(folder, ['init', '-q', '--bare', 'mine.git']);
    const mine = join(folder, 'mine.git');
    const tree = runGit(mine, ['hash-object', '-w', '-t', 'tree', '--stdin']);
    const first = runGit(mine, ['commit-tree', '-m', '1', tree]);
    commits = [first, runGit(mine, ['commit-tree', '-m', '2', '-p', first, tree])];
    const env = gitEnv();
    access = {
      remote: { kind: 'path', path },
      workFolder: join(folder, 'work'),
      env,
      run: createRunProgram({ env, platform: process.platform }),
      clock: { now: Date.now, sleep: async () => undefined, random: () => 0 },
    };
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const push = (to: string | undefined, expected: string | undefined) =>
    pushRef(createGit(access, join(folder, 'mine.git')), { name: NAME, to: to ?? '', expected });

  test('moves it, or says who was first', async () => {
    const [first, second] = commits;
    expect(await push(first, undefined)).toEqual({ kind: 'moved' });
    expect(await push(first, undefined)).toEqual({ kind: 'lost' });
    expect(await push(second, undefined)).toEqual({ kind: 'lost' });
    expect(await push(second, first)).toEqual({ kind: 'moved' });
    expect(await push(second, first)).toEqual({ kind: 'lost' });
    expect(runGit(path, ['rev-parse', NAME])).toBe(second);
  });

  test('does not know while somebody holds the lock of the ref, and is done again until it does', async () => {
    const lock = join(path, `${NAME}.lock`);
    mkdirSync(dirname(lock), { recursive: true });
    writeFileSync(lock, '');
    expect(await push(commits[0], undefined)).toMatchObject({ kind: 'unknown', error: { code: 'GIT_FAILED' } });
    let waits = 0;
    const sleep = async () => {
      waits += 1;
      if (waits === 2) rmSync(lock);
    };
    const store = openGitRefStore({ ...access, clock: { ...access.clock, sleep } });
    const commit = await store.commit({ files: { 'record.json': new Uint8Array() }, message: 'm' });
    expect(await store.move(NAME, commit, { expected: undefined })).toBe(true);
    expect(waits).toBe(2);
  });

  test.each([
    ['nobody', 0],
    ['another', 1],
  ])('that broke off and comes in late is ours, with %s on top of it', async (_, more) => {
    let pushes = 0;
    const late: typeof access.run = async (command, args, options) => {
      if (!args.includes('push')) return access.run(command, args, options);
      pushes += 1;
      if (pushes === 1) return { stdout: new Uint8Array(), stderr: 'fatal: the remote end hung up', status: 128 };
      // What was sent first arrives before what is sent now.
      if (pushes === 2) {
        await access.run(command, args, options);
        const tip = runGit(path, ['rev-parse', NAME]);
        if (more > 0) {
          const next = runGit(path, ['commit-tree', '-m', 'next', '-p', tip, `${tip}^{tree}`]);
          runGit(path, ['update-ref', NAME, next]);
        }
      }
      return access.run(command, args, options);
    };
    const store = openGitRefStore({ ...access, run: late });
    const commit = await store.commit({ files: { 'record.json': new Uint8Array() }, message: 'm' });
    expect(await store.move(NAME, commit, { expected: undefined })).toBe(true);
    expect(pushes).toBe(2);
  });

  test('gives up on a lock that nobody takes away, and says which', async () => {
    const lock = join(path, `${NAME}.lock`);
    mkdirSync(dirname(lock), { recursive: true });
    writeFileSync(lock, '');
    const store = openGitRefStore(access);
    const commit = await store.commit({ files: { 'record.json': new Uint8Array() }, message: 'm' });
    await expect(store.move(NAME, commit, { expected: undefined })).rejects.toMatchObject({
      code: 'GIT_FAILED',
      kind: 'remote',
      message: expect.stringMatching(/cannot lock ref .*production\.lock': File exists/),
    });
    expect(existsSync(lock)).toBe(true);
  });

  test('to a place where no repository can be made is denied, before and after', async () => {
    writeFileSync(join(folder, 'file'), '');
    for (const place of ['file', 'file/ledger.git', 'file/deep/ledger.git']) {
      const remote = { kind: 'path', path: join(folder, place) } as const;
      const store = openGitRefStore({ ...access, remote, create: true });
      const denied = { code: 'LEDGER_DENIED', kind: 'user' };
      await expect(store.assertWritable()).rejects.toMatchObject(denied);
      const commit = await store.commit({ files: { 'record.json': new Uint8Array() }, message: 'm' });
      await expect(store.move(NAME, commit, { expected: undefined })).rejects.toMatchObject(denied);
    }
    const remote = { kind: 'path', path: join(folder, 'new', 'ledger.git') } as const;
    await openGitRefStore({ ...access, remote, create: true }).assertWritable();
    expect(existsSync(join(folder, 'new'))).toBe(false);
  });
});
