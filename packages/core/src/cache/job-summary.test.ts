import { describe, expect, test } from '@jest/globals';
import { digestOf } from '../oci/index.ts';
import { restoreSummary, saveSummary } from './job-summary.ts';

const digest = digestOf(Uint8Array.of());
const restored = { restoredFiles: 2, restoredBytes: 2048, downloadedBytes: 1024, durationMs: 1500 };
const saved = { files: 3, rawBytes: 4096, uploadedBytes: 1024, reusedBytes: 3072, durationMs: 900 };

describe('the job summary', () => {
  test('of a partial restore: key, result, reason, the key that matched, files, bytes, seconds', () => {
    const text = restoreSummary('deps-2', {
      result: 'partial',
      reason: 'restore-key',
      matchedKey: 'deps-1',
      digest,
      ...restored,
    });
    expect(text).toBe(
      '**Cache restore** `deps-2`: **partial** (restore-key) from `deps-1` (2 files, 2.0 KiB, 1.0 KiB read from the store, 1.5 s)\n',
    );
  });

  test('of a miss: why', () => {
    const nothing = { restoredFiles: 0, restoredBytes: 0, downloadedBytes: 0, durationMs: 12 };
    expect(restoreSummary('k', { result: 'miss', reason: 'other-paths', ...nothing })).toBe(
      '**Cache restore** `k`: **miss** (other-paths) (0.0 s)\n',
    );
  });

  test('of a delta: what it spared', () => {
    expect(saveSummary('k', { result: 'delta', reason: '', digest, ...saved })).toBe(
      '**Cache save** `k`: **delta** (3 files, 4.0 KiB, 1.0 KiB uploaded, 0.9 s); the delta spared 3.0 KiB (75 % of what is stored)\n',
    );
  });

  test('text from outside cannot leave its code span', () => {
    const text = saveSummary('a`<img>`\n# b', { result: 'skipped', reason: 'exists', ...saved });
    expect(text).toBe('**Cache save** ``a`<img>` # b``: **skipped** (exists) (0.9 s)\n');
  });
});
