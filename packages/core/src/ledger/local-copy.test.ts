import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createMemoryRefStore } from '../content/index.ts';
import { digestOf } from '../oci/index.ts';
import { type BuildRecord, type ChannelEntry, compareWithCopies, createLedger, openLocalCopy } from './index.ts';

const IMAGE = 'ghcr.io/octo-org/app';
const LEDGER = 'https://github.com/octo-org/app';
const DEV = { ledger: LEDGER, image: IMAGE, channel: 'dev' };
let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-copy-'));
  file = join(folder, 'here', '.artifacts.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

async function entries(count: number): Promise<readonly ChannelEntry[]> {
  const { channels } = createLedger(createMemoryRefStore());
  const all: ChannelEntry[] = [];
  for (let at = 1; at <= count; at += 1) {
    const digest = digestOf(Buffer.from(`image ${at}`));
    const result = await channels.append(
      IMAGE,
      'dev',
      {
        kind: 'promotion',
        digest,
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        to: { reference: `${IMAGE}:dev` },
        tag: 'dev',
        promotedAt: '2026-01-01T00:00:00.000Z',
      },
      { expected: all.at(-1) },
    );
    if (result.appended) all.push(result.entry);
  }
  return all;
}

const BUILD: BuildRecord = {
  schemaVersion: 1,
  kind: 'build',
  image: IMAGE,
  identity: 'one',
  digest: digestOf(Buffer.from('image 1')),
  recordedAt: '2026-01-01T00:00:00.000Z',
};

test('S1-24: what was seen is kept in a file, once, and told by channel', async () => {
  const copy = openLocalCopy({ file });
  expect(await copy.copies(DEV)).toEqual([]);
  const [first, second] = await entries(2);
  if (first === undefined || second === undefined) throw new Error('no entries');
  await copy.remember({ ledger: LEDGER, builds: [BUILD], entries: [first] });
  const before = readFileSync(file, 'utf8');
  await copy.remember({ ledger: LEDGER, builds: [BUILD], entries: [first] });
  expect(readFileSync(file, 'utf8')).toBe(before);
  await copy.remember({ ledger: LEDGER, entries: [second] });
  expect(await openLocalCopy({ file }).copies(DEV)).toEqual([
    { sequence: 1, recordDigest: first.recordDigest, source: file },
    { sequence: 2, recordDigest: second.recordDigest, source: file },
  ]);
  expect(await copy.copies({ ...DEV, channel: 'production' })).toEqual([]);
  expect(await copy.copies({ ...DEV, ledger: 'another' })).toEqual([]);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ schemaVersion: 1, builds: [{ identity: 'one' }] });
  expect(readdirSync(join(folder, 'here'))).toEqual(['.artifacts.json']);
});

test('a ledger whose tail was cut is found by it', async () => {
  const copy = openLocalCopy({ file });
  const all = await entries(3);
  await copy.remember({ ledger: LEDGER, entries: all });
  expect(await compareWithCopies(all, await copy.copies(DEV))).toEqual([]);
  const findings = await compareWithCopies(all.slice(0, 2), await copy.copies(DEV));
  expect(findings.map(({ code }) => code)).toEqual(['tail-cut']);
});

test.each([['not json'], ['[]'], ['{"schemaVersion":2}']])('a file with %s is left alone', async (text) => {
  file = join(folder, 'other.json');
  writeFileSync(file, text);
  const copy = openLocalCopy({ file });
  const wrong = expect.objectContaining({ code: 'LOCAL_COPY_INVALID', kind: 'user' });
  await expect(copy.copies(DEV)).rejects.toEqual(wrong);
  await expect(copy.remember({ ledger: LEDGER, builds: [BUILD] })).rejects.toEqual(wrong);
  expect(readFileSync(file, 'utf8')).toBe(text);
});

test('entries that make no sense tell nothing', async () => {
  file = join(folder, 'odd.json');
  writeFileSync(
    file,
    '{"schemaVersion":1,"records":[1,{"image":"x"},{"image":"ghcr.io/octo-org/app","channel":"dev","sequence":"1"}]}',
  );
  expect(await openLocalCopy({ file }).copies(DEV)).toEqual([]);
});
