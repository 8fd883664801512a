import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createFakeSnapshots, type FakeSnapshots } from '@waybill/testing/cache';
import {
  createMemoryStore,
  type LayoutStore,
  type MemoryStore,
  openLayoutStore,
  tiered,
  withCopies,
} from '../content/index.ts';
import { parsePaths } from '../paths/index.ts';
import type { CacheDeps } from './deps.ts';
import { type RestoreRequest, restoreCache } from './restore-cache.ts';
import { saveCache } from './save-cache.ts';

const DAY = 86_400_000;
const SCOPES = ['octo-org/app\0refs/heads/main'];
const paths = parsePaths(['made'], { workspace: '/work', home: '/home/me', platform: 'linux' });

let dir: string;
let time: number;
let near: LayoutStore;
let far: MemoryStore;
let snapshots: FakeSnapshots;
let warnings: string[];
let deps: CacheDeps;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'waybill-near-'));
  time = Date.UTC(2026, 0, 2);
  near = openLayoutStore(join(dir, 'near'), { clock: () => time, maxBytes: 0 });
  far = createMemoryStore({ clock: () => time });
  snapshots = createFakeSnapshots('a tree');
  warnings = [];
  deps = depsOf(near);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function depsOf(nearer: LayoutStore): CacheDeps {
  const warn = (message: string) => void warnings.push(message);
  const tiers = [
    { label: 'near', store: nearer },
    { label: 'far', store: far },
  ] as const;
  return {
    names: withCopies(far, [nearer], (error) => warn(String(error))),
    store: tiered(tiers, warn),
    snapshots: async () => snapshots,
    machine: { stateDir: undefined, now: () => time, threads: 0, workerEntry: undefined },
    log: { info: () => undefined, notice: warn, warning: warn },
  };
}

const save = (key = 'k-1') =>
  saveCache(
    {
      paths,
      key,
      restoreKeys: [],
      crossOsArchive: false,
      scopes: SCOPES,
      platform: 'linux-x64',
      facts: {
        repository: 'octo-org/app',
        ref: 'refs/heads/main',
        branch: 'main',
        sha: undefined,
        commitMessage: undefined,
        runId: '1',
        actor: 'octocat',
        eventName: 'push',
        triggeringRepository: undefined,
        cacheMode: 'write',
      },
      parent: undefined,
      overwrite: false,
      retentionDays: 90,
      compressionLevel: 'auto',
      allowSecrets: false,
      tokens: [],
      startedAt: undefined,
    },
    deps,
  );

const restore = (changes: Partial<RestoreRequest> = {}) =>
  restoreCache(
    {
      paths,
      key: 'k-1',
      restoreKeys: [],
      crossOsArchive: false,
      lookupOnly: false,
      scopes: SCOPES,
      platform: 'linux-x64',
      mode: 'write',
      releaseContext: false,
      unsigned: 'warn',
      timeoutMs: 60_000,
      ...changes,
    },
    deps,
  );

/** Flips a bit in each blob of the nearer store. */
function spoilNear(): void {
  const blobs = join(dir, 'near', 'blobs', 'sha256');
  for (const file of readdirSync(blobs)) {
    const bytes = readFileSync(join(blobs, file));
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    rmSync(join(blobs, file));
    writeFileSync(join(blobs, file), bytes);
  }
}

describe('a nearer store', () => {
  test('whose copy is damaged is mended from the farther one in the same step', async () => {
    await save();
    spoilNear();
    deps = depsOf(near);
    snapshots.tree = 'something else';
    expect(await restore()).toMatchObject({ result: 'exact' });
    expect(snapshots.tree).toBe('a tree');
    spoilNear();
    deps = depsOf(near);
    expect(await restore({ mode: 'read' })).toMatchObject({ result: 'exact' });
    expect(warnings).toEqual([]);
  });

  test('that holds damaged bytes does not hide that the farther one does too', async () => {
    const { digest } = await save();
    spoilNear();
    const whole = far;
    far = {
      ...whole,
      fetch: async (descriptor, options) => {
        if (descriptor.digest !== digest) return whole.fetch(descriptor, options);
        return (async function* () {
          yield new Uint8Array(descriptor.size);
        })();
      },
    };
    deps = depsOf(near);
    expect(await restore()).toMatchObject({ result: 'miss', reason: 'corrupt' });
  });

  test('is filled by a restore, and knows what was used last when it must evict', async () => {
    await save('k-1');
    snapshots.tree = 'another tree';
    await save('k-2');
    time += DAY;
    const fresh = openLayoutStore(join(dir, 'fresh'), { clock: () => time, maxBytes: 0, graceMs: 1000 });
    deps = depsOf(fresh);
    expect(await restore({ key: 'k-1' })).toMatchObject({ result: 'exact' });
    time += DAY;
    expect(await restore({ key: 'k-2' })).toMatchObject({ result: 'exact' });
    time += DAY;
    expect(await restore({ key: 'k-1' })).toMatchObject({ result: 'exact' });
    time += DAY;
    const before = await fresh.prune();
    expect(before.removedBlobs).toBe(0);
    const capped = openLayoutStore(join(dir, 'fresh'), {
      clock: () => time,
      maxBytes: before.totalBytes - 1,
      graceMs: 1000,
    });
    expect(await capped.prune()).toMatchObject({ evictedNames: 1 });
    const kept: string[] = [];
    for await (const { name } of capped.list({ kind: 'copy' })) kept.push(name.key);
    expect(kept).toEqual(['k-1']);
    expect(await capped.find({ kind: 'cache', scopes: SCOPES, version: 'x', key: 'k-1', prefixes: [''] })).toBe(
      undefined,
    );
  });

  test('that cannot be written costs a warning and nothing else', async () => {
    writeFileSync(join(dir, 'file'), '');
    deps = depsOf(openLayoutStore(join(dir, 'file', 'store'), { clock: () => time, maxBytes: 0 }));
    expect(await save()).toMatchObject({ result: 'new' });
    expect(await restore()).toMatchObject({ result: 'exact' });
    expect(warnings.filter((text) => text.includes('left alone'))).toHaveLength(1);
  });
});
