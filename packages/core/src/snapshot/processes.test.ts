import { expect, test } from '@jest/globals';
import { runScenario } from '@waybill/testing/snapshots';

test('an ordinary user saves and restores read-only trees, also where little may be written', async () => {
  expect(await runScenario('ordinary-user', { asOrdinaryUser: true })).toEqual({
    user: true,
    readOnlyFolders: { fresh: [], over: [], leftovers: [] },
    unwritableParent: { fresh: [], over: [], failed: 'BLOB_UNKNOWN', time: 5000, leftovers: [] },
    deniedTarget: { failed: 'TARGET_DENIED', left: [] },
    unreadableFiles: { files: 1, warnings: ['tree/closed', 'tree/large', 'tree/small'] },
    unwritableState: { difference: [] },
    closedState: { difference: [] },
  });
});

test('a sparse file stays sparse and is never in memory as a whole', async () => {
  const SIZE = 750_000_000;
  const report = await runScenario('sparse-file', { args: [String(SIZE)], nodeArgs: ['--max-old-space-size=64'] });
  const { size, difference, kilobytes, uploadedBytes, megabytes } = report as Record<string, unknown>;
  expect({ size, difference }).toEqual({ size: SIZE, difference: [] });
  // Three chunks of at most 2 MiB have bytes in them; all others are holes, and one content.
  expect(Number(kilobytes)).toBeLessThanOrEqual(3 * 2048 + 64);
  expect(Number(uploadedBytes)).toBeLessThan(20_000);
  // About 300; a busy machine frees later what it has read.
  expect(Number(megabytes)).toBeLessThan(600);
});
