import { describe, expect, test } from '@jest/globals';
import { gitEnv } from '@waybill/testing/git';
import { WaybillError } from '../errors/index.ts';
import type { RunProgram } from '../proc/index.ts';
import { createGit, type GitAccess } from './create-git.ts';
import { gitEnvironment } from './git-environment.ts';
import { gitFailed } from './git-errors.ts';
import { parseGitRemote } from './git-remote.ts';

const remote = parseGitRemote('https://github.com/octo-org/app', { home: '/', cwd: '/' });
const bytes = (text: string) => new TextEncoder().encode(text);

function access(run: RunProgram): GitAccess {
  const clock = { now: () => 0, sleep: async () => undefined, random: () => 0 };
  return { remote, workFolder: '/work', env: {}, run, clock };
}

describe('git', () => {
  test('that is missing is said to be', async () => {
    const git = createGit(
      access(async () => {
        throw new WaybillError('TOOL_MISSING', 'there is no `git` on PATH', { kind: 'user' });
      }),
      '/work/x',
    );
    await expect(git(['fetch'])).rejects.toMatchObject({ code: 'GIT_MISSING', kind: 'user' });
  });

  test.each([
    ['git version 2.30.9', false],
    ['git version 1.99.0', false],
    ['nonsense', false],
    ['git version 2.31.0', true],
    ['git version 2.39.5 (Apple Git-154)', true],
    ['git version 2.49.0.windows.1', true],
    ['git version 3.0.0', true],
  ])('%s will do: %s', async (version, fits) => {
    const asked: string[] = [];
    const git = createGit(
      access(async (_, args) => {
        asked.push(args.join(' '));
        return { stdout: bytes(`${version}\n`), stderr: '', status: 0 };
      }),
      '/work/x',
    );
    const call = git(['gc']);
    if (fits) await call;
    else await expect(call).rejects.toMatchObject({ code: 'GIT_TOO_OLD', kind: 'user' });
    expect(asked).toEqual(fits ? ['version', '--git-dir=/work/x gc'] : ['version']);
  });

  test.each([
    ["fatal: could not read Username for 'https://github.com': terminal prompts disabled", 'GIT_DENIED', 'user'],
    ['fatal: unable to access: The requested URL returned error: 403', 'GIT_DENIED', 'user'],
    ['git@github.com: Permission denied (publickey).', 'GIT_DENIED', 'user'],
    ['remote: Repository not found.', 'GIT_REPOSITORY_UNKNOWN', 'user'],
    ["fatal: detected dubious ownership in repository at '/x'", 'GIT_UNSAFE', 'user'],
    ['fatal: unable to update url base from redirection', 'GIT_REDIRECTED', 'user'],
    ['fatal: unable to access: Could not resolve host: github.com', 'GIT_FAILED', 'remote'],
    ['fatal: the remote end hung up unexpectedly', 'GIT_FAILED', 'remote'],
    ['', 'GIT_FAILED', 'remote'],
  ])('that says %j is %s', (stderr, code, kind) => {
    const error = gitFailed({ command: 'push', remote, stderr, status: 128, secrets: [] });
    expect(error).toMatchObject({ code, kind });
  });

  test('is quoted on one line, without the token and without escapes', () => {
    const stderr = 'remote: \u001b[31mno\u001b[0m\r\nremote: ::error::x-secret-x\nfatal: end\n';
    const { message } = gitFailed({ command: 'push', remote, stderr, status: 1, secrets: ['x-secret-x'] });
    expect(message).toMatch(/remote: {2}no ?; remote: ::error::\*\*\*; fatal: end$/);
    expect(message).not.toMatch(/\p{Cc}/u);
  });
});

describe("git's environment", () => {
  const job = {
    ...gitEnv(),
    PATH: '/bin',
    GIT_DIR: '/elsewhere',
    GIT_WORK_TREE: '/elsewhere',
    GIT_OBJECT_DIRECTORY: '/elsewhere',
    GIT_ASKPASS: '/bin/ask',
    GIT_TRACE: '/tmp/trace',
    GIT_CONFIG_PARAMETERS: "'core.hooksPath'='/evil'",
    SSH_ASKPASS: '/bin/ask',
    GIT_SSL_CAINFO: '/ca.pem',
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'safe.directory',
    GIT_CONFIG_VALUE_0: '*',
  };
  const settings = (env: Readonly<Record<string, string | undefined>>) =>
    Array.from({ length: Number(env['GIT_CONFIG_COUNT']) }, (_, i) => [
      env[`GIT_CONFIG_KEY_${i}`],
      env[`GIT_CONFIG_VALUE_${i}`],
    ]);

  test("keeps of the job's settings of git those that say how to reach a host", () => {
    const { env } = gitEnvironment(job, remote, undefined);
    expect(env).toMatchObject({ PATH: '/bin', GIT_SSL_CAINFO: '/ca.pem', GIT_ASKPASS: '', GIT_TERMINAL_PROMPT: '0' });
    for (const name of [
      'GIT_DIR',
      'GIT_WORK_TREE',
      'GIT_OBJECT_DIRECTORY',
      'GIT_TRACE',
      'GIT_CONFIG_PARAMETERS',
      'SSH_ASKPASS',
    ]) {
      expect(env[name]).toBeUndefined();
    }
    expect(settings(env)[0]).toEqual(['safe.directory', '*']);
  });

  test('runs nothing besides git: our settings come last, and the last one counts', () => {
    const pairs = new Map(settings(gitEnvironment(job, remote, undefined).env).map(([key, value]) => [key, value]));
    expect(pairs.get('protocol.ext.allow')).toBe('never');
    expect(pairs.get('protocol.allow')).toBe('never');
    expect(pairs.get('core.fsmonitor')).toBe('false');
    expect(pairs.get('core.hooksPath')).toMatch(/nul/i);
    expect(pairs.get('gc.auto')).toBe('0');
  });

  test('binds the token to the host, and gives none to ssh, to a folder, or where there is none', () => {
    const headers = (text: string, token: string | undefined) =>
      settings(gitEnvironment(job, parseGitRemote(text, { home: '/', cwd: '/' }), token).env).filter(([key]) =>
        key?.endsWith('extraheader'),
      );
    const basic = Buffer.from('x-access-token:t0ken').toString('base64');
    expect(headers('https://ghe.example:8443/a/b', 't0ken')).toEqual([
      ['http.https://ghe.example:8443/.extraheader', ''],
      ['http.https://ghe.example:8443/.extraheader', `Authorization: basic ${basic}`],
    ]);
    for (const text of ['git@github.com:a/b', 'ssh://git@github.com/a/b', '/srv/x'])
      expect(headers(text, 't0ken')).toEqual([]);
    expect(headers('https://github.com/a/b', undefined)).toEqual([]);
  });
});
