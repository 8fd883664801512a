import { expect, test } from '@jest/globals';
import type { Snapshots } from '@waybill/core/cache';
import { createMemoryStore } from '@waybill/core/content';
import { describe as descriptorOf } from '@waybill/core/oci';
import { parsePaths } from '@waybill/core/paths';
import { type ProgressState, progressLine } from '../terminal/index.ts';
import { withBar } from './with-bar.ts';

const common = {
  paths: parsePaths(['out'], { workspace: '/nowhere', home: '/nowhere/home', platform: 'linux' }),
  store: createMemoryStore({ clock: () => 0 }),
  machine: { stateDir: undefined, now: () => 0, threads: 0, workerEntry: undefined },
  notice: () => undefined,
  warning: () => undefined,
};
const manifest = descriptorOf('text/plain', Buffer.from('x'));

const snapshots: Snapshots = {
  saveSnapshot: async ({ progress }) => {
    progress?.({ phase: 'walk', files: 4, bytes: 0 });
    progress?.({ phase: 'read', files: 1, bytes: 100 });
    progress?.({ phase: 'publish', files: 4, bytes: 400 });
    return { kind: 'nothing-matched' };
  },
  restoreSnapshot: async ({ progress }) => {
    progress?.({ files: 1, bytes: 100 });
    throw new Error('cut off');
  },
};

function watch(total: ProgressState['total']) {
  const shown: string[] = [];
  const bar = {
    update: (state: ProgressState) => void shown.push(progressLine(state)),
    clear: () => void shown.push('cleared'),
  };
  return {
    shown,
    load: withBar(
      async () => snapshots,
      bar,
      () => total,
    ),
  };
}

test('a save fills the bar by the files that its walk found, and takes it away', async () => {
  const { shown, load } = watch(undefined);
  await (await load()).saveSnapshot({
    ...common,
    compressionLevel: 'auto',
    secrets: { allow: true, needles: [] },
    annotations: {},
  });
  expect(shown).toEqual([
    expect.stringMatching(/^saving .* 0% {2}0 files/),
    expect.stringMatching(/^saving .* 25% {2}1 file /),
    expect.stringMatching(/^publishing .* 100% {2}4 files/),
    'cleared',
  ]);
});

test('a restore fills it by the bytes that the entry has, and takes it away when it fails too', async () => {
  const { shown, load } = watch({ bytes: 400 });
  await expect((await load()).restoreSnapshot({ ...common, manifest })).rejects.toThrow('cut off');
  expect(shown).toEqual([expect.stringMatching(/^restoring .* 25% {2}1 file /), 'cleared']);
});

test('without a terminal nothing is in between', async () => {
  const load = async () => snapshots;
  expect(withBar(load, undefined, () => undefined)).toBe(load);
});
