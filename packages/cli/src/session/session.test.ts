import { describe, expect, test } from '@jest/globals';
import { createMemoryStore } from '@waybill/core/content';
import { fakeRunContext } from '@waybill/testing/runner';
import { createOpenStore, readFacts, scopeParts, scopesOf, showScope } from './index.ts';

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
    [{}, undefined, 'dir:/home/mona/.cache/waybill', 'default'],
    [{ cacheHome: '/var/c' }, undefined, 'dir:/var/c/waybill', 'default'],
    [{ cacheHome: 'relative' }, undefined, 'dir:/home/mona/.cache/waybill', 'default'],
    [{ named: 'dir:~/store' }, undefined, 'dir:/home/mona/store', 'WAYBILL_STORE'],
    [{ named: 'dir:/elsewhere' }, 'dir:here?max=1GiB', 'dir:/work/app/here', '--store'],
    [{ onGithub: true, named: 'dir:/s' }, undefined, 'dir:/s', 'WAYBILL_STORE'],
    [{}, 'oci://GHCR.io/octo-org/app-cache', 'oci://ghcr.io/octo-org/app-cache', '--store'],
  ])('with %j and --store %j is %s', async (options, given, shown, from) => {
    expect(await opener(options)(given, 'pull')).toMatchObject({ shown, from });
  });

  test('on a runner is never a silent default', async () => {
    await expect(opener({ onGithub: true })(undefined, 'pull')).rejects.toThrow(
      expect.objectContaining({ code: 'STORE_MISSING', kind: 'user' }),
    );
  });

  test('of an unknown kind is wrong usage', async () => {
    await expect(opener({})('ftp://x', 'pull')).rejects.toThrow(expect.objectContaining({ kind: 'user' }));
  });
});

describe('scopes', () => {
  const uri = { kind: 'dir', path: '/s', maxBytes: 0, share: 'repository' } as const;
  const session = (onGithub: boolean, changes = {}) => ({ context: fakeRunContext(changes), onGithub });
  const none = { ref: [], repository: undefined };

  test('off GitHub are local without a ref', () => {
    const context = readFacts({ env: {}, platform: 'linux', arch: 'x64', cwd: () => '/here' });
    expect(scopesOf(none, { context, onGithub: false }, { uri })).toEqual(['local']);
  });

  test('on GitHub are those of the run', () => {
    expect(scopesOf(none, session(true), { uri })).toEqual([MAIN]);
    expect(scopesOf(none, session(true, { ref: undefined }), { uri })).toEqual([]);
  });

  test('by options are these refs of this repository, in order, a branch by its short name', () => {
    const values = { ref: ['fix', 'refs/tags/v1'], repository: 'octo-org/other' };
    expect(scopesOf(values, session(true), { uri })).toEqual([
      'octo-org/other\0refs/heads/fix',
      'octo-org/other\0refs/tags/v1',
    ]);
  });

  test('leave the repository out where the store is shared', () => {
    expect(scopesOf({ ref: ['main'], repository: 'a/b' }, session(false), { uri: { ...uri, share: 'all' } })).toEqual([
      '\0refs/heads/main',
    ]);
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
