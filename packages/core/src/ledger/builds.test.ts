import { beforeEach, describe, expect, test } from '@jest/globals';
import { collectAll } from '@waybill/testing/ref-store-suite';
import { createMemoryRefStore, createMemoryRefs, type RefStore } from '../content/index.ts';
import { digestOf } from '../oci/index.ts';
import { createLedger } from './create-ledger.ts';
import type { Builds } from './ledger.ts';
import type { BuildRecord } from './records.ts';
import { buildRef, commitPrefix } from './ref-name.ts';

const IMAGE = 'ghcr.io/octo-org/app';
const COMMIT = 'a'.repeat(40);
const OTHER = 'b'.repeat(40);
const DIGEST = digestOf(new TextEncoder().encode('image'));

function build(more: Partial<BuildRecord> = {}): BuildRecord {
  return {
    schemaVersion: 1,
    kind: 'build',
    image: IMAGE,
    identity: 'c'.repeat(64),
    digest: DIGEST,
    commit: COMMIT,
    recordedAt: '2026-01-01T00:00:00Z',
    ...more,
  };
}

describe('records of builds', () => {
  let refs: RefStore;
  let builds: Builds;
  beforeEach(() => {
    refs = createMemoryRefStore(createMemoryRefs());
    ({ builds } = createLedger(refs));
  });

  test('S1-20, S1-21, X-9: are found by identity, by commit and by digest, with all that is known', async () => {
    const record = build({
      mediaType: 'application/vnd.oci.image.index.v1+json',
      repository: 'octo-org/app',
      commitMessage: 'feat: x\n\nbody',
      branch: 'main',
      ref: 'refs/heads/main',
      headCommit: OTHER,
      workflow: 'octo-org/app/.github/workflows/ci.yml@refs/heads/main',
      runId: '42',
      runAttempt: 2,
      toolchain: { buildx: '0.17', node: '24.1.0' },
      buildTime: '2026-01-01T00:00:00Z',
      buildDuration: 12.5,
      baseImages: [{ name: 'docker.io/library/node:24', digest: DIGEST }],
      dependencies: [DIGEST],
      platforms: ['linux/amd64', 'linux/arm64'],
      target: 'runtime',
      actor: 'octocat',
    });
    expect(await builds.put(record)).toBe('created');
    expect(await builds.get(IMAGE, record.identity)).toEqual(record);
    expect(await builds.byCommit(IMAGE, COMMIT)).toEqual([record]);
    expect(await builds.byDigest(IMAGE, DIGEST)).toEqual([record]);
    expect(await builds.get(IMAGE, 'other')).toBeUndefined();
    expect(await builds.byCommit(IMAGE, OTHER)).toEqual([]);
    expect(await builds.byCommit('ghcr.io/octo-org/app2', COMMIT)).toEqual([]);
  });

  test('stand as they were first recorded; another digest under the same identity is refused', async () => {
    await builds.put(build());
    expect(await builds.put(build({ recordedAt: '2026-02-02T00:00:00Z', runId: '43' }))).toBe('exists');
    expect((await builds.get(IMAGE, 'c'.repeat(64)))?.recordedAt).toBe('2026-01-01T00:00:00Z');
    const other = digestOf(new TextEncoder().encode('other'));
    await expect(builds.put(build({ digest: other }))).rejects.toMatchObject({
      code: 'RECORD_CONFLICT',
      kind: 'integrity',
      message: expect.stringContaining(`expected ${other}, the ledger has ${DIGEST}`),
    });
  });

  test('of one commit may be several, which all come', async () => {
    await builds.put(build({ identity: 'two' }));
    await builds.put(build({ identity: 'one' }));
    expect((await builds.byCommit(IMAGE, COMMIT)).map(({ identity }) => identity)).toEqual(['one', 'two']);
  });

  test('are found by the commits that reused them', async () => {
    await builds.put(build());
    expect(await builds.link(IMAGE, 'c'.repeat(64), OTHER)).toBe('created');
    expect(await builds.link(IMAGE, 'c'.repeat(64), OTHER)).toBe('exists');
    expect(await builds.byCommit(IMAGE, OTHER)).toEqual([build()]);
    await expect(builds.link(IMAGE, 'none', OTHER)).rejects.toMatchObject({ code: 'RECORD_UNKNOWN', kind: 'user' });
    expect(await builds.put(build({ commit: 'd'.repeat(40) }))).toBe('exists');
    expect(await builds.byCommit(IMAGE, 'd'.repeat(40))).toEqual([build()]);
  });

  test('that somebody left half recorded are finished by the next', async () => {
    const moves = refs.move;
    const dying: RefStore = {
      ...refs,
      move: (ref, to, options) => {
        if (!ref.startsWith('refs/waybill/build/')) throw new Error('ended');
        return moves(ref, to, options);
      },
    };
    await expect(createLedger(dying).builds.put(build())).rejects.toThrow('ended');
    expect(await builds.byCommit(IMAGE, COMMIT)).toEqual([]);
    expect(await builds.put(build())).toBe('exists');
    expect(await builds.byCommit(IMAGE, COMMIT)).toEqual([build()]);
    expect(await builds.byDigest(IMAGE, DIGEST)).toEqual([build()]);
  });

  test('of eight who record at once one creates, and all have the same', async () => {
    const results = await Promise.all(
      Array.from({ length: 8 }, (_, i) => createLedger(refs).builds.put(build({ runId: String(i) }))),
    );
    expect(results.filter((result) => result === 'created')).toHaveLength(1);
    expect(await collectAll(refs.list('refs/waybill/build/'))).toHaveLength(1);
  });

  test('that are not by the schema are refused before anything is written', async () => {
    await expect(builds.put(build({ image: 'App' }))).rejects.toMatchObject({ code: 'RECORD_INVALID', kind: 'user' });
    await expect(builds.put(build({ identity: '' }))).rejects.toMatchObject({ code: 'RECORD_INVALID', kind: 'user' });
    expect(await collectAll(refs.list('refs/waybill/'))).toEqual([]);
  });

  test('under the ref of another build are refused', async () => {
    await builds.put(build());
    const commit = (await refs.resolve(buildRef(IMAGE, 'c'.repeat(64)))) ?? '';
    await refs.move(buildRef(IMAGE, 'other'), commit, { expected: undefined });
    await refs.move(`${commitPrefix('ghcr.io/octo-org/app2', COMMIT)}${'c'.repeat(64)}`, commit, {
      expected: undefined,
    });
    const refused = { code: 'NAMES_DISAGREE', kind: 'integrity' };
    await expect(builds.get(IMAGE, 'other')).rejects.toMatchObject(refused);
    await expect(builds.byCommit('ghcr.io/octo-org/app2', COMMIT)).rejects.toMatchObject(refused);
  });
});
