import { expect, test } from '@jest/globals';
import type { NameRecord } from '../../content/index.ts';
import { digestOf, MediaType } from '../../oci/index.ts';
import { encodeName, encodeTombstone, parseName } from './name-manifest.ts';

const RECORD: NameRecord = {
  name: { kind: 'cache', scope: 'octo-org/app\0refs/heads/main', version: 'a'.repeat(64), key: 'deps-<&>' },
  target: { mediaType: MediaType.imageManifest, digest: digestOf(Buffer.from('x')), size: 1 },
  createdAt: 1_700_000_000_000,
  fields: { tree: 'sha256:abc' },
};

/** The same index as another program writes it. */
function rewritten(raw: Uint8Array, change: (index: Record<string, unknown>) => Record<string, unknown>): Uint8Array {
  const index: unknown = JSON.parse(Buffer.from(raw).toString('utf8'));
  return Buffer.from(JSON.stringify(change(typeof index === 'object' ? { ...index } : {})));
}

test('a record comes back as it was, and so does its removal', () => {
  expect(parseName(encodeName(RECORD, { listed: true }).raw)).toEqual({ record: RECORD, removed: false });
  expect(parseName(encodeName(RECORD, { listed: false }).raw)).toEqual({ record: RECORD, removed: false });
  expect(parseName(encodeTombstone(RECORD, 1).raw)).toEqual({ record: RECORD, removed: true });
});

test('an index that a copying tool wrote anew without its type is still the name', () => {
  const raw = rewritten(encodeName(RECORD, { listed: true }).raw, ({ artifactType: _, ...rest }) => rest);
  expect(parseName(raw)).toEqual({ record: RECORD, removed: false });
});

test.each([
  [
    'of another type',
    (index: Record<string, unknown>) => ({ ...index, artifactType: 'application/vnd.waybill.name.v2' }),
  ],
  ['without a record', (index: Record<string, unknown>) => ({ ...index, annotations: {} })],
])('an index %s is none', (_what, change) => {
  expect(parseName(rewritten(encodeName(RECORD, { listed: true }).raw, change))).toBeUndefined();
});
