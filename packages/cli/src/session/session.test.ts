import { describe, expect, test } from '@jest/globals';
import { chainOf, createMemoryStore } from '@waybill/core/content';
import type { ConfigPlace } from '@waybill/core/repository';
import { fakeRunContext } from '@waybill/testing/runner';
import { readConfigOption } from './config-option.ts';
import {
  createOpenPromotions,
  createOpenRepositories,
  createOpenStore,
  gitHubToken,
  readFacts,
  scopeParts,
  scopesOf,
  showScope,
} from './index.ts';

const store = createMemoryStore({ clock: () => 0 });
const MAIN = 'octo-org/app\0refs/heads/main';

describe('the store', () => {
  const opener = (options: { onGithub?: boolean; cacheHome?: string; named?: string }) =>
    createOpenStore({
      context: fakeRunContext({ workspace: '/work/app', home: '/home/mona', defaultStore: options.named }),
      onGithub: options.onGithub ?? false,
      cacheHome: options.cacheHome,
      open: async () => ({ names: store, store }),
    });

  test.each([
    [{}, [], 'dir:/home/mona/.cache/waybill', 'default'],
    [{ cacheHome: '/var/c' }, [], 'dir:/var/c/waybill', 'default'],
    [{ cacheHome: 'relative' }, [], 'dir:/home/mona/.cache/waybill', 'default'],
    [{ named: 'dir:~/store' }, [], 'dir:/home/mona/store', 'WAYBILL_STORE'],
    [{ named: 'dir:/elsewhere' }, ['dir:here?max=1GiB'], 'dir:/work/app/here', '--store'],
    [{ onGithub: true, named: 'dir:/s' }, [], 'dir:/s', 'WAYBILL_STORE'],
    [{}, ['oci://GHCR.io/octo-org/app-cache'], 'oci://ghcr.io/octo-org/app-cache', '--store'],
    [{}, ['dir:near', 'dir:/a || dir:/b'], 'dir:/work/app/near, then dir:/a || dir:/b', '--store'],
    [{ named: 'dir:near\ndir:/far' }, [], 'dir:/work/app/near, then dir:/far', 'WAYBILL_STORE'],
  ])('with %j and --store %j is %s', async (options, given, shown, from) => {
    expect(await opener(options)(given, 'pull')).toMatchObject({ shown, from });
  });

  test('on a runner is never a silent default', async () => {
    await expect(opener({ onGithub: true })([], 'pull')).rejects.toThrow(
      expect.objectContaining({ code: 'STORE_MISSING', kind: 'user' }),
    );
  });

  test('of an unknown kind is wrong usage', async () => {
    await expect(opener({})(['ftp://x'], 'pull')).rejects.toThrow(expect.objectContaining({ kind: 'user' }));
  });
});

describe('scopes', () => {
  const chain = chainOf({ kind: 'dir', path: '/s', maxBytes: 0, share: 'repository' });
  const session = (onGithub: boolean, changes = {}) => ({ context: fakeRunContext(changes), onGithub });
  const none = { ref: [], repository: undefined };

  test('off GitHub are local without a ref', () => {
    const context = readFacts({ env: {}, platform: 'linux', arch: 'x64', cwd: () => '/here' });
    expect(scopesOf(none, { context, onGithub: false }, { chain })).toEqual(['local']);
  });

  test('on GitHub are those of the run', () => {
    expect(scopesOf(none, session(true), { chain })).toEqual([MAIN]);
    expect(scopesOf(none, session(true, { ref: undefined }), { chain })).toEqual([]);
  });

  test('by options are these refs of this repository, in order, a branch by its short name', () => {
    const values = { ref: ['fix', 'refs/tags/v1'], repository: 'octo-org/other' };
    expect(scopesOf(values, session(true), { chain })).toEqual([
      'octo-org/other\0refs/heads/fix',
      'octo-org/other\0refs/tags/v1',
    ]);
  });

  test('leave the repository out where the store is shared', () => {
    expect(
      scopesOf({ ref: ['main'], repository: 'a/b' }, session(false), { chain: { ...chain, share: 'all' } }),
    ).toEqual(['\0refs/heads/main']);
  });

  test('are shown to people and to programs', () => {
    expect([MAIN, '\0refs/heads/main', 'local'].map(showScope)).toEqual(['octo-org/app main', 'main', 'local']);
    expect([MAIN, '\0refs/heads/main', 'local'].map(scopeParts)).toEqual([
      { repository: 'octo-org/app', ref: 'refs/heads/main' },
      { ref: 'refs/heads/main' },
      {},
    ]);
  });
});

describe('facts', () => {
  const env = { GITHUB_REPOSITORY: 'octo-org/app', GITHUB_REF: 'refs/heads/main', GITHUB_WORKSPACE: '/w', HOME: '/h' };
  const read = (more: Record<string, string>) =>
    readFacts({ env: { ...env, ...more }, platform: 'linux', arch: 'x64', cwd: () => '/here' });

  test('of a run count on GitHub alone, paths are relative to the working directory everywhere', () => {
    expect(read({ GITHUB_ACTIONS: 'true' })).toMatchObject({ repository: 'octo-org/app', workspace: '/here' });
    expect(read({})).toMatchObject({ repository: undefined, ref: undefined, workspace: '/here', home: '/h' });
  });

  test('off GitHub a leftover variable forbids nothing', () => {
    expect(read({ ACTIONS_CACHE_MODE: 'none', GITHUB_EVENT_NAME: 'issue_comment' })).toMatchObject({
      cacheMode: 'write',
      eventName: undefined,
    });
  });
});

describe('the token for GitHub', () => {
  test.each([
    [{}, ''],
    [{ GITHUB_TOKEN: 'a', GH_TOKEN: 'b' }, 'a'],
    [{ GITHUB_TOKEN: '', GH_TOKEN: 'b' }, 'b'],
    [{ GH_TOKEN: 'b', GH_ENTERPRISE_TOKEN: 'c' }, 'b'],
    [{ GH_TOKEN: 'b', GITHUB_SERVER_URL: 'https://octo.ghe.com' }, 'b'],
    // That is a token of github.com, as gh has it.
    [{ GH_TOKEN: 'b', GITHUB_SERVER_URL: 'https://octo.example' }, ''],
    [{ GH_TOKEN: 'b', GITHUB_API_URL: 'https://octo.example/api/v3' }, ''],
    [{ GH_TOKEN: 'b', GITHUB_SERVER_URL: 'https://github.com.example' }, ''],
    [{ GH_TOKEN: 'b', GITHUB_SERVER_URL: 'no address' }, ''],
    [{ GH_TOKEN: 'b', GH_ENTERPRISE_TOKEN: 'c', GITHUB_SERVER_URL: 'https://octo.example' }, 'c'],
    [{ GITHUB_TOKEN: 'a', GITHUB_SERVER_URL: 'https://octo.example' }, 'a'],
  ])('of %j is %j', (env, token) => {
    expect(gitHubToken(env)).toBe(token);
  });

  test.each([
    [{ GH_TOKEN: 'x' }, 'https://github.com/octo-org/app', 'api'],
    [{}, 'https://github.com/octo-org/app', 'git'],
    [{ GH_TOKEN: 'x' }, 'https://gitlab.example/octo-org/app', 'git'],
    [{ GH_TOKEN: 'x' }, 'ssh://git@github.com/octo-org/app', 'git'],
    [{ GITHUB_TOKEN: 'x', GITHUB_SERVER_URL: 'https://octo.example' }, 'https://github.com/octo-org/app', 'git'],
    [{ GITHUB_TOKEN: 'x', GITHUB_SERVER_URL: 'https://octo.example' }, 'https://octo.example/octo-org/app', 'git'],
    [
      {
        GH_ENTERPRISE_TOKEN: 'x',
        GITHUB_SERVER_URL: 'https://octo.example',
        GITHUB_API_URL: 'https://octo.example/api/v3',
      },
      'https://octo.example/octo-org/app',
      'api',
    ],
  ])('with %j, %s is reached by %s', async (env, address, by) => {
    const closers: (() => void)[] = [];
    const open = createOpenRepositories({
      context: fakeRunContext(),
      env,
      print: { info: () => undefined },
      atEnd: (close) => void closers.push(close),
    });
    const { repositories } = await open();
    expect(repositories.open(address).by).toBe(by);
    expect(await open()).toBe(await open());
    for (const close of closers) close();
    expect(closers).toHaveLength(2);
  });
});

describe('--config', () => {
  const context = fakeRunContext({ workspace: '/work/app' });
  const SHA = '0123456789abcdef0123456789abcdef01234567';
  const CASES: readonly (readonly [string | undefined, ConfigPlace])[] = [
    [undefined, { kind: 'default-branch' }],
    ['policy/waybill.yml', { kind: 'file', path: '/work/app/policy/waybill.yml' }],
    ['/etc/waybill.yml', { kind: 'file', path: '/etc/waybill.yml' }],
    [
      `octo-org/policies@${SHA}:waybill.yml`,
      { kind: 'commit', repository: 'octo-org/policies', commit: SHA, path: 'waybill.yml' },
    ],
  ];

  test.each(CASES)('%j is read from %j', async (value, place) => {
    expect(await readConfigOption(value, context)).toEqual(place);
    const opened: unknown[] = [];
    const open = createOpenPromotions({
      context,
      onGithub: true,
      server: 'https://github.com',
      cacheHome: undefined,
      findRepository: () => undefined,
      open: async ({ ledger }, _hosts, config) => {
        opened.push([ledger, config]);
        throw new Error('far enough');
      },
    });
    const values = { store: undefined, 'insecure-registry': [], config: value };
    await expect(open(values)).rejects.toThrow('far enough');
    expect(opened).toEqual([['https://github.com/octo-org/app', place]]);
  });

  test('of a branch is refused, not taken for a file', async () => {
    await expect(readConfigOption('octo-org/policies@main:waybill.yml', context)).rejects.toMatchObject({
      code: 'CONFIG_PLACE_INVALID',
    });
  });
});
