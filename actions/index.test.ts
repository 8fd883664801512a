import { describe, expect, test } from '@jest/globals';
import { isSnapshotWorker, startStep } from './index.ts';

const ENTRY = new URL('file:///dist/index.js');

describe("the bundle's entry", () => {
  test('loads and runs only the step that was asked for, and hands down the entry', async () => {
    const ran: string[] = [];
    const loaders = {
      'cache/main': async () => async (entry: URL) => {
        ran.push(`main ${entry.href}`);
      },
      'cache/post': async () => {
        throw new Error('loaded though nobody asked');
      },
    };
    await startStep(loaders, 'cache', 'main', ENTRY);
    expect(ran).toEqual(['main file:///dist/index.js']);
  });

  test('says which step is missing', async () => {
    await expect(startStep({}, 'restore-cache', 'post', ENTRY)).rejects.toThrow(
      'no post step for the action restore-cache',
    );
  });

  test.each([
    [true, { role: 'waybill-snapshot-worker' }, false],
    [false, { role: 'waybill-snapshot-worker' }, true],
    [false, { role: 'another' }, false],
    [false, null, false],
    [false, 'waybill-snapshot-worker', false],
  ])('is a snapshot worker: main thread %s, data %j: %s', (mainThread, data, expected) => {
    expect(isSnapshotWorker(mainThread, data)).toBe(expected);
  });
});
