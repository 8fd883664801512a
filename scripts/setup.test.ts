import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { withLock } from './lock.mjs';
import { fingerprint, installEnvironment, setUp, stampFile } from './setup.mjs';

let root: string;

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'setup-'));
  writeFileSync(path.join(root, 'package-lock.json'), '{"lockfileVersion":3}');
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A machine whose `npm ci` does as the real one: it empties node_modules first. */
function machine(nodeVersion = 'v24.1.0') {
  const installs: string[] = [];
  return {
    installs,
    log: () => undefined,
    nodeVersion: () => nodeVersion,
    install: (folder: string) => {
      installs.push(folder);
      rmSync(path.join(folder, 'node_modules'), { recursive: true, force: true });
      mkdirSync(path.join(folder, 'node_modules'));
    },
  };
}

describe('set-up', () => {
  test('installs once, and not again while the lockfile stays the same', async () => {
    const here = machine();
    expect(await setUp(root, here)).toBe(true);
    expect(await setUp(root, here)).toBe(false);
    expect(here.installs).toEqual([root]);
  });

  test('installs again when the lockfile changed', async () => {
    const here = machine();
    await setUp(root, here);
    writeFileSync(path.join(root, 'package-lock.json'), '{"lockfileVersion":3,"packages":{}}');
    expect(await setUp(root, here)).toBe(true);
  });

  test('installs again when node_modules came from another platform', async () => {
    const here = machine();
    await setUp(root, here);
    writeFileSync(stampFile(root), fingerprint(root, 'other', 'none'));
    expect(await setUp(root, here)).toBe(true);
  });

  test('leaves no stamp when the Node that was installed is not the wanted one', async () => {
    await expect(setUp(root, machine('v20.0.0'))).rejects.toThrow('v20.0.0, expected v24.x');
    expect(() => readFileSync(stampFile(root))).toThrow('ENOENT');
  });

  test('installs once when several ask at the same time', async () => {
    const here = machine();
    const answers = await Promise.all([setUp(root, here), setUp(root, here), setUp(root, here)]);
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(here.installs).toHaveLength(1);
  });

  test('keeps the flags of the outer npm command away from the install', () => {
    expect(installEnvironment({ npm_config_ignore_scripts: 'true', NODE_ENV: 'production', PATH: '/bin' })).toEqual({
      PATH: '/bin',
    });
  });
});

describe('the lock', () => {
  test('is taken over from an owner that died', async () => {
    const lock = path.join(root, 'x.lock');
    mkdirSync(lock);
    // Above the largest process id that Linux, macOS and Windows hand out in practice.
    writeFileSync(path.join(lock, 'pid'), '2147483646\n');
    expect(await withLock(lock, () => 'mine')).toBe('mine');
  });

  test('is given back when the task throws', async () => {
    const lock = path.join(root, 'x.lock');
    await expect(
      withLock(lock, () => {
        throw new Error('broken');
      }),
    ).rejects.toThrow('broken');
    expect(await withLock(lock, () => 'next')).toBe('next');
  });

  test('lets one in at a time', async () => {
    const lock = path.join(root, 'x.lock');
    let inside = 0;
    let most = 0;
    await Promise.all(
      [1, 2, 3].map(() =>
        withLock(lock, async () => {
          inside += 1;
          most = Math.max(most, inside);
          await new Promise((resolve) => setImmediate(resolve));
          inside -= 1;
        }),
      ),
    );
    expect(most).toBe(1);
  });
});
