import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readRunContext } from './run-context.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-context-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

let files = 0;
function read(env: Record<string, string>, event?: unknown, platform: NodeJS.Platform = 'linux') {
  const path = join(folder, `event-${files++}.json`);
  if (event !== undefined) writeFileSync(path, typeof event === 'string' ? event : JSON.stringify(event));
  return readRunContext({
    env: event === undefined ? env : { ...env, GITHUB_EVENT_PATH: path },
    platform,
    arch: 'x64',
    cwd: () => '/cwd',
  });
}

describe('readRunContext', () => {
  test('reads a pull request: its merge ref, where it goes, its branch', () => {
    const context = read(
      {
        GITHUB_EVENT_NAME: 'pull_request',
        GITHUB_REF: 'refs/pull/7/merge',
        GITHUB_BASE_REF: 'release/1',
        GITHUB_HEAD_REF: 'fix',
        GITHUB_REPOSITORY: 'octo-org/app',
      },
      { repository: { default_branch: 'main' } },
    );
    expect(context).toMatchObject({
      ref: 'refs/pull/7/merge',
      baseRef: 'refs/heads/release/1',
      defaultRef: 'refs/heads/main',
      branch: 'fix',
      repository: 'octo-org/app',
    });
  });

  test('on schedule, whose payload names no default branch, the ref is it', () => {
    expect(
      read({ GITHUB_EVENT_NAME: 'schedule', GITHUB_REF: 'refs/heads/trunk' }, { schedule: '* * * * *' }).defaultRef,
    ).toBe('refs/heads/trunk');
    expect(read({ GITHUB_EVENT_NAME: 'push', GITHUB_REF: 'refs/heads/trunk' }, {}).defaultRef).toBeUndefined();
  });

  test('reads the commit message and the repository that triggered a workflow_run', () => {
    const event = {
      head_commit: { message: 'one\n\ntwo' },
      workflow_run: { head_repository: { full_name: 'fork/app' } },
    };
    expect(read({}, event)).toMatchObject({ commitMessage: 'one\n\ntwo', triggeringRepository: 'fork/app' });
  });

  test.each([['not json {'], ['null'], ['[]'], ['{"repository":null}'], ['{"repository":{"default_branch":7}}']])(
    'an event file with %s tells nothing',
    (text) => {
      expect(read({}, text)).toMatchObject({ defaultRef: undefined, commitMessage: undefined });
    },
  );

  test('what is empty is unknown, what is missing has a place to stand', () => {
    const context = read({ GITHUB_REF: '', GITHUB_WORKSPACE: '', HOME: '/home/me' });
    expect(context).toMatchObject({
      ref: undefined,
      workspace: '/cwd',
      home: '/home/me',
      stateDir: '/home/me/.local/state/waybill',
    });
  });

  test('the state folder follows the platform', () => {
    expect(read({ HOME: '/h', XDG_STATE_HOME: '/state' }).stateDir).toBe('/state/waybill');
    expect(read({ USERPROFILE: 'C:\\me', LOCALAPPDATA: 'C:\\me\\L' }, undefined, 'win32').stateDir).toBe(
      'C:\\me\\L\\waybill',
    );
  });

  test.each([
    ['read', 'read'],
    ['Write-Only', 'write-only'],
    ['none', 'none'],
    ['', 'write'],
    ['sometimes', 'write'],
  ])('ACTIONS_CACHE_MODE %j is %s', (text, mode) => {
    expect(read({ ACTIONS_CACHE_MODE: text }).cacheMode).toBe(mode);
  });

  test('gathers the tokens that the platform gave', () => {
    expect(read({ ACTIONS_RUNTIME_TOKEN: 'a', GITHUB_TOKEN: 'b' }).tokens).toEqual(['a', 'b']);
    expect(read({ GH_TOKEN: 'c', GH_ENTERPRISE_TOKEN: 'd' }).tokens).toEqual(['c', 'd']);
  });
});
