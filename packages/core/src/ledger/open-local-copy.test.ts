import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sleep } from '../async/index.ts';
import { createMemoryRefStore } from '../content/index.ts';
import { digestOf } from '../oci/index.ts';
import { compareWithCopies } from './compare-with-copies.ts';
import { createLedger } from './create-ledger.ts';
import type { ChannelEntry } from './ledger.ts';
import { openLocalCopy } from './open-local-copy.ts';
import type { BuildRecord } from './records.ts';

const IMAGE = 'ghcr.io/octo-org/app';
const LEDGER = 'https://github.com/octo-org/app';
const DEV = { ledger: LEDGER, image: IMAGE, channel: 'dev' };

describe('a local copy', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'local-copy-'));
    file = join(folder, '.artifacts.json');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  let count = 0;
  const nonce = () => `n${(count += 1)}`;
  const open = () =>
    openLocalCopy({ file, lock: { sleep, random: Math.random, nonce, staleAfterMs: 60_000, patienceMs: 60_000 } });

  const digest = digestOf(new TextEncoder().encode('x'));
  const build = (identity: string): BuildRecord => ({
    schemaVersion: 1,
    kind: 'build',
    image: IMAGE,
    identity,
    digest,
    recordedAt: '2026-01-01T00:00:00Z',
  });
  const promote = async (n: number): Promise<ChannelEntry[]> => {
    const { channels } = createLedger(createMemoryRefStore());
    const entries: ChannelEntry[] = [];
    for (let i = 0; i < n; i += 1) {
      const draft = {
        kind: 'promotion',
        digest,
        mediaType: 'x/y',
        to: { reference: `${IMAGE}:dev` },
        tag: 'dev',
        promotedAt: '2026-01-01T00:00:00Z',
      } as const;
      const result = await channels.append(IMAGE, 'dev', draft, { expected: entries.at(-1) });
      if (result.appended) entries.push(result.entry);
    }
    return entries;
  };

  test('where there is no file holds nothing', async () => {
    expect(await open().read()).toEqual({ builds: [], entries: [] });
    expect(await open().copies(DEV)).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('S1-24: keeps what was added, through every opening, and nothing lies beside it', async () => {
    const entries = await promote(3);
    await open().remember({ ledger: LEDGER, builds: [build('b'), build('a')] });
    await open().remember({ ledger: LEDGER, entries: entries.slice(0, 2) });
    await open().remember({ ledger: LEDGER, builds: [build('a')], entries });
    const seen = <T>(each: T) => ({ ...each, ledger: LEDGER });
    expect(await open().read()).toEqual({
      builds: [build('a'), build('b')].map((record) => seen({ record })),
      entries: entries.map(seen),
    });
    expect(readdirSync(folder)).toEqual(['.artifacts.json']);
  });

  test('is the same file for the same records, in whatever order they came', async () => {
    const entries = await promote(12);
    await open().remember({ ledger: LEDGER, entries: [...entries].reverse() });
    const text = readFileSync(file, 'utf8');
    rmSync(file);
    for (const entry of entries) await open().remember({ ledger: LEDGER, entries: [entry] });
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  test('S1-24: tells what it saw of one channel of one ledger, so that a cut tail is found', async () => {
    const entries = await promote(3);
    await open().remember({ ledger: LEDGER, entries });
    const copies = await open().copies(DEV);
    expect(copies.map(({ sequence, source }) => [sequence, source])).toEqual(
      [1, 2, 3].map((n) => [n, '.artifacts.json']),
    );
    expect(await open().copies({ ...DEV, channel: 'production' })).toEqual([]);
    expect(await open().copies({ ...DEV, ledger: 'another' })).toEqual([]);
    expect((await compareWithCopies(entries.slice(0, 2), copies)).map(({ code }) => code)).toEqual(['tail-cut']);
  });

  test('forgets nothing of what a ledger says otherwise now', async () => {
    const entries = await promote(2);
    const other = entries.map((entry) => ({ ...entry, recordDigest: digest }));
    await open().remember({ ledger: LEDGER, entries });
    await open().remember({ ledger: LEDGER, entries: other });
    const copies = await open().copies(DEV);
    expect(copies).toHaveLength(4);
    expect((await compareWithCopies(entries, copies)).map(({ code }) => code)).toEqual([
      'chain-rewritten',
      'chain-rewritten',
    ]);
  });

  test('of many writers at once loses no record', async () => {
    await Promise.all(
      Array.from({ length: 12 }, (_, i) => open().remember({ ledger: LEDGER, builds: [build(`build-${i}`)] })),
    );
    expect((await open().read()).builds).toHaveLength(12);
    expect(readdirSync(folder)).toEqual(['.artifacts.json']);
  });

  test.each([
    ['no JSON', '{"schemaVersion": 1, "builds": ['],
    ['empty', ''],
    ['a list', '[]'],
    ['of no version', '{}'],
    ['without lists', '{"schemaVersion":1}'],
    ['with a record that is none', '{"schemaVersion":1,"builds":[{}],"promotions":[]}'],
    ['with a commit that is none', '{"schemaVersion":1,"builds":[],"promotions":[{"commit":"x"}]}'],
  ])('that is %s is an error, and stays as it is', async (_, text) => {
    writeFileSync(file, text);
    const invalid = { code: 'LOCAL_COPY_INVALID', kind: 'user' };
    await expect(open().read()).rejects.toMatchObject(invalid);
    await expect(open().remember({ ledger: LEDGER, builds: [build('a')] })).rejects.toMatchObject(invalid);
    expect(readFileSync(file, 'utf8')).toBe(text);
    expect(readdirSync(folder)).toEqual(['.artifacts.json']);
  });

  test('of a newer version is not written over', async () => {
    writeFileSync(file, '{"schemaVersion":2}');
    await expect(open().remember({ ledger: LEDGER, builds: [build('a')] })).rejects.toMatchObject({
      code: 'LOCAL_COPY_NEWER',
      kind: 'user',
    });
    expect(readFileSync(file, 'utf8')).toBe('{"schemaVersion":2}');
  });
});
