import { expect, test } from '@jest/globals';
import { digestOf, hexOf } from '../oci/index.ts';
import { SNAPSHOT_PREDICATE_TYPE, type SnapshotPredicate, snapshotStatement } from './snapshot-predicate.ts';

const tree = digestOf(Uint8Array.of(1));
const layout = digestOf(Uint8Array.of(2));
const least: SnapshotPredicate = {
  contentHash: tree,
  key: 'deps-1',
  scope: 'octo-org/app\0refs/heads/main',
  version: 'f'.repeat(64),
  platform: 'linux-x64',
  roots: ['node_modules'],
  savedAt: '2026-01-02T03:04:05.000Z',
};

test('the two roots are the subjects', () => {
  const statement = snapshotStatement({ tree, layout }, least);
  expect(statement.predicateType).toBe(SNAPSHOT_PREDICATE_TYPE);
  expect(statement.subject).toEqual([
    { name: 'tree', digest: { sha256: hexOf(tree) } },
    { name: 'layout', digest: { sha256: hexOf(layout) } },
  ]);
});

test('a field that is not known is absent, never empty', () => {
  const unknown = {
    repository: '',
    commitSha: '',
    commitMessage: '',
    branch: '',
    workflowRunId: '',
    toolchain: {},
    dependencies: [],
  };
  expect(snapshotStatement({ tree, layout }, { ...least, ...unknown }).predicate).toEqual(least);
});

test('every field of S2-24 that is known is there under its name', () => {
  const known: SnapshotPredicate = {
    ...least,
    repository: 'octo-org/app',
    commitSha: '0'.repeat(40),
    commitMessage: 'a change',
    branch: 'main',
    workflowRunId: '123',
    toolchain: { node: '18.17.0' },
    buildTime: '2026-01-02T03:04:05.000Z',
    buildDuration: 0,
    dependencies: [layout],
    parent: layout,
  };
  expect(snapshotStatement({ tree, layout }, known).predicate).toEqual(known);
});
