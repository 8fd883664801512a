import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createMemoryStore, type MemoryStore, openLayoutStore } from '@waybill/core/content';
import { WaybillError } from '@waybill/core/errors';
import { createFakeSnapshots } from '@waybill/testing/cache';
import { fakeRunContext } from '@waybill/testing/runner';
import { type TrialMachine, tryProgram } from '../testing/index.ts';
import { checkSpace, checkState, judgeSpace } from './check-disk.ts';
import { checkGithub } from './check-github.ts';
import { checkNode } from './check-node.ts';
import { checkWritable } from './check-store.ts';

const GIB = 1024 ** 3;
const { signal } = new AbortController();

let dir: string;
let store: MemoryStore;
let machine: TrialMachine;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'waybill-doctor-'));
  store = createMemoryStore({ clock: () => 0 });
  const context = fakeRunContext({ workspace: dir, stateDir: join(dir, 'state') });
  const runTool = async (command: string) => {
    throw new WaybillError('TOOL_MISSING', `there is no ${command}`, { kind: 'user' });
  };
  machine = { store, snapshots: createFakeSnapshots(''), now: () => 0, context, runTool };
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('waybill doctor', () => {
  test('with all in order ends with 0, a line a check', async () => {
    const { code, out } = await tryProgram(['doctor'], machine);
    expect(code).toBe(0);
    expect(out).toMatch(/^ok +node .*\nok +store .*\nok +read .*\nok +write .*\n/);
    expect(out).toContain('0 problems');
  });

  test('with a store that refuses writes ends with 1 and tells what to do', async () => {
    const push: MemoryStore['push'] = async () => {
      throw new WaybillError('STORE_DENIED', 'read-only file system', {
        kind: 'remote',
        hint: 'Mount it for writing.',
      });
    };
    const { code, json } = await tryProgram(['doctor', '--json'], { ...machine, store: { ...store, push } });
    expect([code, json()]).toMatchObject([
      1,
      {
        ok: false,
        problems: 1,
        checks: expect.arrayContaining([
          {
            name: 'write',
            status: 'problem',
            text: 'the store cannot be written: read-only file system',
            hint: 'Mount it for writing.',
          },
        ]),
      },
    ]);
  });

  test('with --read-only writes nothing', async () => {
    const push: MemoryStore['push'] = async () => {
      throw new Error('something was written');
    };
    const { code, out } = await tryProgram(['doctor', '--read-only'], { ...machine, store: { ...store, push } });
    expect([code, out]).toEqual([0, expect.not.stringContaining('write')]);
    expect(readdirSync(dir)).toEqual([]);
  });
});

test('what is written to look whether one can is taken away again', async () => {
  const folder = openLayoutStore(join(dir, 'store'), { clock: () => 0, maxBytes: 0 });
  expect(await checkWritable({ names: folder, store: folder }, 'once', signal)).toMatchObject({ status: 'ok' });
  const names: unknown[] = [];
  for await (const record of folder.list({ kind: 'doctor' })) names.push(record);
  expect(names).toEqual([]);
  // The empty config is everybody's.
  expect(readdirSync(join(dir, 'store', 'blobs', 'sha256'))).toHaveLength(1);
});

test('a name that is lost at once is a problem', async () => {
  expect(
    await checkWritable({ names: { ...store, find: async () => undefined }, store }, 'once', signal),
  ).toMatchObject({
    status: 'problem',
  });
});

test('what cannot be taken away again is a warning', async () => {
  const remove: MemoryStore['remove'] = async () => {
    throw new Error('no deleting here');
  };
  expect(await checkWritable({ names: { ...store, remove }, store }, 'once', signal)).toMatchObject({
    status: 'warning',
    text: expect.stringContaining('no deleting here'),
  });
});

test.each([
  ['22.15.0', true, 'ok'],
  ['24.0.0', true, 'ok'],
  ['22.14.9', true, 'problem'],
  ['20.20.2', false, 'problem'],
  ['24.0.0', false, 'problem'],
])('Node %s, zstd %s: %s', (version, hasZstd, status) => {
  expect(checkNode(version, hasZstd).status).toBe(status);
});

test.each([
  [100 * GIB, 'ok'],
  [1 * GIB, 'warning'],
  [GIB / 10, 'problem'],
])('%d bytes free: %s', (free, status) => {
  expect(judgeSpace(free, '/s').status).toBe(status);
});

test('space is told of a folder that is not made yet', async () => {
  expect((await checkSpace(join(dir, 'a', 'b'))).text).toMatch(/ free for /);
});

test('a state folder that cannot be written is a warning: all works without it', async () => {
  writeFileSync(join(dir, 'file'), '');
  expect(await checkState(join(dir, 'file'), 'n')).toMatchObject({ status: 'warning' });
  expect(await checkState(join(dir, 'state'), 'n')).toMatchObject({ status: 'ok' });
  expect(readdirSync(join(dir, 'state'))).toEqual([]);
});

describe('on GitHub', () => {
  const statuses = (changes: Parameters<typeof fakeRunContext>[0]) =>
    checkGithub(fakeRunContext(changes), { onGithub: true, hasToken: true }).map(
      ({ name, status }) => `${name} ${status}`,
    );

  test('a push may do all', () => {
    expect(statuses({})).toEqual(['github ok', 'cache-mode ok', 'token ok']);
  });

  test.each(['read', 'write-only', 'none'] as const)('cache-mode %s is a warning', (cacheMode) => {
    expect(statuses({ cacheMode })).toContain('cache-mode warning');
  });

  test('an event that anybody can start is one, and one without a ref', () => {
    expect(statuses({ eventName: 'pull_request_target' })).toContain('event warning');
    expect(statuses({ ref: undefined })).toContain('github warning');
  });

  test('a missing token is told, never its value', () => {
    const checks = checkGithub(fakeRunContext(), { onGithub: true, hasToken: false });
    expect(checks.at(-1)).toMatchObject({ name: 'token', status: 'ok', text: expect.stringContaining('not set') });
  });
});
