import { describe, expect, test } from '@jest/globals';
import type { BuildRecord } from '../ledger/index.ts';
import { digestOf } from '../oci/index.ts';
import { imageOutputs } from './image-outputs.ts';
import { imageSummary } from './image-summary.ts';
import type { ImageOutcome } from './obtain/image-outcome.ts';
import type { RecordPlace } from './records/records.ts';

const DIGEST = digestOf(Buffer.from('image'));
const RECORD: BuildRecord = {
  schemaVersion: 1,
  kind: 'build',
  image: 'ghcr.io/octo-org/app',
  identity: 'a'.repeat(64),
  digest: DIGEST,
  recordedAt: '2026-01-02T03:04:05.000Z',
  repository: 'octo-org/app',
  runId: '77',
  runAttempt: 2,
  actor: 'octocat',
  platforms: ['linux/amd64', 'linux/arm64'],
  buildDuration: 61,
};
const placeOf = (guarantee: RecordPlace['guarantee']): RecordPlace => ({
  guarantee,
  shown: 'oci://ghcr.io/octo-org/app-waybill',
  builds: {
    put: () => Promise.reject(new Error('not asked')),
    link: () => Promise.reject(new Error('not asked')),
    get: () => Promise.reject(new Error('not asked')),
    byCommit: () => Promise.reject(new Error('not asked')),
    byDigest: () => Promise.reject(new Error('not asked')),
    findByDigest: () => Promise.reject(new Error('not asked')),
    list: () => Promise.reject(new Error('not asked')),
  },
  claims: () => {
    throw new Error('not asked');
  },
  assertWritable: () => Promise.reject(new Error('not asked')),
  howToForget: () => '',
});
const outcomeOf = (changes: Partial<ImageOutcome>): ImageOutcome => ({
  result: 'adopted',
  image: 'ghcr.io/octo-org/app',
  identity: 'a'.repeat(64),
  commit: 'c'.repeat(40),
  digest: DIGEST,
  imageId: DIGEST,
  record: RECORD,
  place: placeOf('hint'),
  filed: undefined,
  metadata: '',
  tags: ['ghcr.io/octo-org/app:v1'],
  ...changes,
});

describe('the outputs of an image', () => {
  const outputs = (changes: Partial<ImageOutcome>) =>
    imageOutputs(outcomeOf(changes), { serverUrl: 'https://github.com' });

  test('S1-U3: digest, reference, whether it was built or reused, and the commit', () => {
    expect(outputs({})).toEqual({
      digest: DIGEST,
      imageid: DIGEST,
      reference: `ghcr.io/octo-org/app@${DIGEST}`,
      built: 'false',
      pushed: 'false',
      'reused-from': 'https://github.com/octo-org/app/actions/runs/77/attempts/2',
      'needs-build': 'false',
      commit: 'c'.repeat(40),
      metadata: '',
    });
    expect(outputs({ result: 'built', metadata: '{}' })).toMatchObject({
      built: 'true',
      pushed: 'true',
      'reused-from': '',
      metadata: '{}',
    });
  });

  test.each([
    ['merged', { built: 'true', pushed: 'true', 'needs-build': 'false' }],
    ['recorded', { built: 'false', pushed: 'false', 'needs-build': 'false' }],
    ['claimed', { built: 'false', pushed: 'false', 'needs-build': 'true', digest: '' }],
    ['unpushed', { built: 'true', pushed: 'false', 'needs-build': 'false', reference: '' }],
    ['skipped', { built: 'false', pushed: 'false', 'needs-build': 'false', digest: '' }],
  ] as const)('of %s', (result, expected) => {
    const has = result === 'merged' || result === 'recorded';
    expect(outputs({ result, ...(has ? {} : { digest: undefined, record: undefined }) })).toMatchObject(expected);
  });
});

describe('the summary of an image', () => {
  test('S1-18: says what came of it, and that tags are a hint', () => {
    const text = imageSummary(outcomeOf({}));
    expect(text).toContain('| Result | **reused**: nothing was built |');
    expect(text).toContain(`| Digest | \`${DIGEST}\` |`);
    expect(text).toContain('| Built | 2026-01-02T03:04:05.000Z, run `77`, by `octocat`, in 61 s |');
    expect(text).toContain('(tags: a hint; two runs that start within seconds of each other may both build)');
    expect(imageSummary(outcomeOf({ place: placeOf('atomic') }))).toContain('(one build for certain)');
    const filed = { group: 'waybill/provenance/2026-01', name: 'a.json' };
    expect(imageSummary(outcomeOf({ filed }))).toContain(
      '| Statement | `a.json` in the release `waybill/provenance/2026-01` |',
    );
  });

  test('what is not known has no row', () => {
    const text = imageSummary(
      outcomeOf({
        result: 'unpushed',
        digest: undefined,
        record: undefined,
        place: undefined,
        tags: [],
        commit: undefined,
      }),
    );
    expect(text.split('\n').filter((line) => line.startsWith('|'))).toEqual([
      '| | |',
      '| --- | --- |',
      '| Result | **built**, not pushed |',
      '| Image | `ghcr.io/octo-org/app` |',
      '| Identity | `aaaaaaaaaaaa` |',
    ]);
  });
});
