import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type GitServer, type GitServerOptions, gitEnv, runGit, startGitServer } from '@waybill/testing/git';
import { bytesOf, collectAll, textOf } from '@waybill/testing/ref-store-suite';
import { createRunProgram, type RunProgram } from '../proc/index.ts';
import { parseGitRemote } from './git-remote.ts';
import { type GitRefStoreOptions, openGitRefStore } from './open-git-ref-store.ts';

const env = gitEnv();
const run = createRunProgram({ env, platform: process.platform });
const clock = { now: Date.now, sleep: async () => undefined, random: Math.random };
const REF = 'refs/waybill/channel/app/production';
const TOKEN = 'not-a-real-token-4711';

/** A host with the repository `app.git`, and stores over it. */
async function site(options: Omit<GitServerOptions, 'root'> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'git-host-'));
  const path = join(folder, 'app.git');
  runGit(folder, ['init', '-q', '--bare', 'app.git']);
  const server = await startGitServer({ root: folder, ...options });
  const open = (more: Partial<GitRefStoreOptions> = {}) =>
    openGitRefStore({
      remote: parseGitRemote(`${server.origin}/app.git`, { home: folder, cwd: folder }),
      workFolder: join(folder, 'work'),
      env,
      run,
      clock,
      ...more,
    });
  const dispose = async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { folder, path, server, open, dispose };
}

/** As some hosts do: a hook that takes branches and tags alone. */
function refuseCustomRefs(path: string): void {
  const hook =
    '#!/bin/sh\ncase "$1" in refs/heads/*|refs/tags/*) exit 0;; esac\necho "no ref outside of branches and tags" >&2\nexit 1\n';
  writeFileSync(join(path, 'hooks', 'update'), hook, { mode: 0o755 });
}

describe('a git host', () => {
  let here: Awaited<ReturnType<typeof site>>;
  const start = async (options?: Omit<GitServerOptions, 'root'>) => {
    here = await site(options);
    return here;
  };
  const record = { files: { 'record.json': bytesOf('1') }, message: 'm' };
  const servers: GitServer[] = [];
  beforeEach(() => {
    servers.length = 0;
  });
  afterEach(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await here.dispose();
  });

  test('that takes no refs of ours gets branches, which every reader finds', async () => {
    const { open, path } = await start();
    refuseCustomRefs(path);
    const store = open();
    const first = await store.commit(record);
    expect(await store.move(REF, first, { expected: undefined })).toBe(true);
    const names = () => runGit(path, ['for-each-ref', '--format=%(refname)']).split('\n').sort();
    expect(names()).toEqual(['refs/heads/waybill/channel/app/production']);
    const again = open();
    expect(await again.resolve(REF)).toBe(first);
    expect(await collectAll(again.list('refs/waybill/channel/'))).toEqual([{ ref: REF, commit: first }]);
    const second = await again.commit({ ...record, parent: first });
    expect(await again.move(REF, second, { expected: first })).toBe(true);
    expect(await store.move('refs/waybill/build/app/1', first, { expected: undefined })).toBe(true);
    expect(names()).toEqual(['refs/heads/waybill/build/app/1', 'refs/heads/waybill/channel/app/production']);
  });

  test('that takes them now keeps in branches what was made in branches', async () => {
    const { open, path } = await start();
    const store = open();
    const first = await store.commit(record);
    await store.move(REF, first, { expected: undefined });
    runGit(path, ['update-ref', 'refs/heads/waybill/channel/app/production', first]);
    runGit(path, ['update-ref', '-d', REF]);
    const again = open();
    const second = await again.commit({ ...record, parent: first });
    expect(await again.move(REF, second, { expected: first })).toBe(true);
    expect(runGit(path, ['for-each-ref', '--format=%(objectname) %(refname)'])).toBe(
      `${second} refs/heads/waybill/channel/app/production`,
    );
  });

  test('that takes refs in no form is an error with its words', async () => {
    const { open, path } = await start();
    writeFileSync(join(path, 'hooks', 'pre-receive'), '#!/bin/sh\necho "no pushes today" >&2\nexit 1\n', {
      mode: 0o755,
    });
    const store = open();
    const commit = await store.commit(record);
    await expect(store.move(REF, commit, { expected: undefined })).rejects.toMatchObject({
      code: 'LEDGER_DENIED',
      kind: 'user',
      message: expect.stringMatching(/no pushes today/),
    });
    expect(runGit(path, ['for-each-ref'])).toBe('');
  });

  test('that has a ref in both forms is not believed', async () => {
    const { open, path } = await start();
    const store = open();
    const commit = await store.commit(record);
    await store.move(REF, commit, { expected: undefined });
    runGit(path, ['update-ref', 'refs/heads/waybill/channel/app/production', commit]);
    const conflict = { code: 'REF_FORMS_CONFLICT', kind: 'integrity' };
    await expect(open().resolve(REF)).rejects.toMatchObject(conflict);
    await expect(collectAll(open().list('refs/waybill/channel/'))).rejects.toMatchObject(conflict);
  });

  test('whose ref points at something else than a commit is not believed', async () => {
    const { open, path } = await start();
    const blob = runGit(path, ['hash-object', '-w', '--stdin'], 'x');
    runGit(path, ['update-ref', REF, blob]);
    await expect(open().resolve(REF)).rejects.toMatchObject({ code: 'RECORD_INVALID', kind: 'integrity' });
  });

  test('is shown the token, and nobody else is: not by an argument, a file, a message or a redirect', async () => {
    const { open, folder, server } = await start({ token: TOKEN });
    const other = await startGitServer({ root: folder });
    servers.push(other);
    const argv: string[] = [];
    const watched: RunProgram = (command, args, options) => {
      argv.push(...args);
      return run(command, args, options);
    };
    const store = open({ token: TOKEN, run: watched });
    const commit = await store.commit(record);
    expect(await store.move(REF, commit, { expected: undefined })).toBe(true);
    expect(textOf(await open({ token: TOKEN }).readFile(commit, 'record.json'))).toBe('1');
    const basic = Buffer.from(`x-access-token:${TOKEN}`).toString('base64');
    expect(server.requests.every(({ authorization }) => authorization === `basic ${basic}`)).toBe(true);
    expect(argv.filter((each) => each.includes(TOKEN) || each.includes(basic))).toEqual([]);
    expect(filesWith(folder, [TOKEN, basic])).toEqual([]);

    const moved = await startGitServer({ root: folder, redirectTo: other.origin });
    servers.push(moved);
    const remote = parseGitRemote(`${moved.origin}/app.git`, { home: '/', cwd: '/' });
    await expect(open({ token: TOKEN, remote }).resolve(REF)).rejects.toMatchObject({ code: 'GIT_REDIRECTED' });
    expect(moved.requests.length).toBeGreaterThan(0);
    expect(other.requests).toEqual([]);
  });

  test('that the job has settings for is shown the token of the step alone', async () => {
    const { open, server } = await start({ token: TOKEN });
    const job = gitEnv({
      GIT_CONFIG_COUNT: '2',
      GIT_CONFIG_KEY_0: `http.${server.origin}/.extraheader`,
      GIT_CONFIG_VALUE_0: 'AUTHORIZATION: basic b3RoZXI6b3RoZXI=',
      GIT_CONFIG_KEY_1: 'credential.helper',
      GIT_CONFIG_VALUE_1: '!echo username=x; echo password=y; false',
    });
    expect(await open({ env: job, token: TOKEN }).resolve(REF)).toBeUndefined();
    expect(new Set(server.requests.map(({ authorization }) => authorization)).size).toBe(1);
  });

  test('that wants a token, and is given none or a wrong one, denies, and no helper is asked beside a token', async () => {
    const { open, folder } = await start({ token: TOKEN });
    const asked = join(folder, 'asked');
    const env = gitEnv({
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'credential.helper',
      GIT_CONFIG_VALUE_0: `!touch ${asked}; echo username=x; echo password=y; false`,
    });
    const denied = { code: 'GIT_DENIED', kind: 'user' };
    await expect(open({ env, token: 'wrong-token-12345' }).resolve(REF)).rejects.toMatchObject(denied);
    await expect(open({ env, token: 'wrong-token-12345' }).resolve(REF)).rejects.not.toThrow(/wrong-token/);
    expect(existsSync(asked)).toBe(false);
    await expect(open({ env, token: '' }).resolve(REF)).rejects.toMatchObject(denied);
    expect(existsSync(asked)).toBe(true);
  });

  test('that may be read and not written says so before and after', async () => {
    const { open } = await start({ readOnly: true });
    const store = open();
    expect(await store.resolve(REF)).toBeUndefined();
    const denied = { code: 'LEDGER_DENIED', kind: 'user' };
    await expect(store.assertWritable()).rejects.toMatchObject(denied);
    const commit = await store.commit(record);
    await expect(store.move(REF, commit, { expected: undefined })).rejects.toMatchObject(denied);
  });

  test('that may be written is not written to by the question', async () => {
    const { open, path } = await start();
    await open().assertWritable();
    expect(runGit(path, ['for-each-ref'])).toBe('');
  });

  test('that is not there, or has no such repository, is told apart', async () => {
    const { open, server } = await start();
    const remote = parseGitRemote(`${server.origin}/other.git`, { home: '/', cwd: '/' });
    await expect(open({ remote }).resolve(REF)).rejects.toMatchObject({ code: 'GIT_REPOSITORY_UNKNOWN', kind: 'user' });
    await server.stop();
    await expect(open().resolve(REF)).rejects.toMatchObject({ code: 'GIT_FAILED', kind: 'remote' });
  });

  test('is reached by ssh with what the job says of it', async () => {
    const { open, folder, path } = await start();
    const ssh = join(folder, 'ssh');
    // As a host does it: the last argument is the command, run by a shell.
    writeFileSync(ssh, '#!/bin/sh\necho "$@" >> "$0.log"\nfor last; do :; done\nexec sh -c "$last"\n', { mode: 0o755 });
    const remote = parseGitRemote(`git@host.example:${path}`, { home: '/', cwd: '/' });
    const store = open({ remote, env: gitEnv({ GIT_SSH_COMMAND: ssh }), token: TOKEN });
    const commit = await store.commit(record);
    expect(await store.move(REF, commit, { expected: undefined })).toBe(true);
    expect(await store.resolve(REF)).toBe(commit);
    const log = readFileSync(`${ssh}.log`, 'utf8');
    expect(log).toMatch(/git@host\.example git-receive-pack/);
    expect(log).not.toContain(TOKEN);
  });

  test('may name its objects by SHA-256', async () => {
    const { open, folder } = await start();
    runGit(folder, ['init', '-q', '--bare', '--object-format=sha256', 'long.git']);
    const path = join(folder, 'long.git');
    const tree = runGit(path, ['hash-object', '-w', '-t', 'tree', '--stdin']);
    runGit(path, ['update-ref', 'refs/waybill/build/app/1', runGit(path, ['commit-tree', '-m', 'x', tree])]);
    const store = open({ remote: { kind: 'path', path } });
    expect((await collectAll(store.list('refs/waybill/build/')))[0]?.commit).toHaveLength(64);
    const commit = await store.commit({ files: { 'digests/ab/1.json': bytesOf('1') }, message: 'm' });
    expect(await store.move(REF, commit, { expected: undefined })).toBe(true);
    const again = open({ remote: { kind: 'path', path } });
    expect(await again.resolve(REF)).toBe(commit);
    expect(textOf(await again.readFile(commit, 'digests/ab/1.json'))).toBe('1');
  });

  test('whose hooks and settings on this side are left alone', async () => {
    const { open, folder } = await start();
    const hooks = join(folder, 'hooks');
    mkdirSync(hooks);
    for (const name of ['pre-push', 'reference-transaction', 'post-checkout', 'pre-auto-gc']) {
      writeFileSync(join(hooks, name), `#!/bin/sh\ntouch ${join(folder, 'ran')}\n`, { mode: 0o755 });
    }
    const config = join(folder, 'config');
    writeFileSync(
      config,
      `[core]\n hooksPath = ${hooks}\n fsmonitor = touch ${join(folder, 'ran')}\n[protocol "ext"]\n allow = always\n`,
    );
    const store = open({ env: gitEnv({ GIT_CONFIG_GLOBAL: config }) });
    const commit = await store.commit(record);
    expect(await store.move(REF, commit, { expected: undefined })).toBe(true);
    expect(await store.resolve(REF)).toBe(commit);
    expect(existsSync(join(folder, 'ran'))).toBe(false);
    const helper = { kind: 'url', url: `ext::touch ${join(folder, 'ran')}`, origin: undefined } as const;
    await expect(open({ remote: helper, env: gitEnv({ GIT_CONFIG_GLOBAL: config }) }).resolve(REF)).rejects.toThrow(
      /ext/,
    );
    expect(existsSync(join(folder, 'ran'))).toBe(false);
  });

  test('whose answer to a push is lost has moved the ref once', async () => {
    const { open } = await start();
    let broken = 0;
    const flaky: RunProgram = async (command, args, options) => {
      const end = await run(command, args, options);
      if (!args.includes('push') || broken > 0) return end;
      broken += 1;
      return { stdout: new Uint8Array(), stderr: 'fatal: the remote end hung up unexpectedly\n', status: 128 };
    };
    const store = open({ run: flaky });
    const commit = await store.commit(record);
    expect(await store.move(REF, commit, { expected: undefined })).toBe(true);
    expect(broken).toBe(1);
  });

  test('to which a push does not get is pushed to again', async () => {
    const { open } = await start();
    let broken = 0;
    const flaky: RunProgram = (command, args, options) => {
      if (!args.includes('push') || broken > 1) return run(command, args, options);
      broken += 1;
      return Promise.resolve({ stdout: new Uint8Array(), stderr: 'fatal: unable to access: timed out\n', status: 128 });
    };
    const store = open({ run: flaky });
    const commit = await store.commit(record);
    expect(await store.move(REF, commit, { expected: undefined })).toBe(true);
    expect(broken).toBe(2);
  });
});

/** Files below the folder that hold one of the texts. */
function filesWith(folder: string, texts: readonly string[]): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile())
    .filter((file) => texts.some((text) => readFileSync(file).includes(text)));
}
