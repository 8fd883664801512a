import { beforeEach, describe, expect, test } from '@jest/globals';
import { collectAll, textOf } from '@waybill/testing/ref-store-suite';
import fc from 'fast-check';
import {
  type CommitId,
  createMemoryRefStore,
  createMemoryRefs,
  type MemoryRefs,
  type RefStore,
} from '../content/index.ts';
import { type Digest, digestOf } from '../oci/index.ts';
import { compareWithCopies } from './compare-with-copies.ts';
import { createLedger } from './create-ledger.ts';
import { factsPath } from './digest-facts.ts';
import type { ChannelEntry, Ledger } from './ledger.ts';
import type { ChannelRecord } from './records.ts';
import { channelRef } from './ref-name.ts';

const IMAGE = 'ghcr.io/octo-org/app';
const CHANNEL = 'production';
const REF = channelRef(IMAGE, CHANNEL);
const digestNamed = (name: string): Digest => digestOf(new TextEncoder().encode(name));

/** A hand that does not go through Waybill: it writes what it likes and moves refs by force. */
describe('a check of a channel', () => {
  let content: MemoryRefs;
  let refs: RefStore;
  let ledger: Ledger;
  /** Oldest first: five records, of digests a, b, c, b, d. */
  let entries: readonly ChannelEntry[];

  beforeEach(async () => {
    content = createMemoryRefs();
    refs = createMemoryRefStore(content);
    ledger = createLedger(refs);
    for (const name of ['a', 'b', 'c', 'b', 'd']) {
      const draft = {
        kind: 'promotion',
        digest: digestNamed(name),
        mediaType: 'application/vnd.oci.image.index.v1+json',
        to: { reference: `${IMAGE}:stable` },
        tag: 'stable',
        promotedAt: '2026-01-01T00:00:00Z',
      } as const;
      const expected = await ledger.channels.tip(IMAGE, CHANNEL);
      await ledger.channels.append(IMAGE, CHANNEL, draft, { expected });
    }
    entries = (await collectAll(ledger.channels.log(IMAGE, CHANNEL))).reverse();
  });

  const textAt = async (index: number): Promise<string> =>
    textOf(await refs.readFile(entries[index]?.commit ?? '', 'record.json')) ?? '';
  const bytes = (text: string) => new TextEncoder().encode(text);

  /** Makes a chain of these records anew, each with the tree of the record that it was, and points the ref at it by force. */
  const rewrite = async (records: readonly { readonly like: number; readonly text: string }[]): Promise<CommitId> => {
    let parent: CommitId | undefined;
    for (const { like, text } of records) {
      const tree = await collectAll(refs.files(entries[like]?.commit ?? '', 'digests'));
      const files = {
        'record.json': bytes(text),
        ...Object.fromEntries(tree.map(({ path, bytes: file }) => [path, file])),
      };
      parent = await refs.commit({ ...(parent === undefined ? {} : { parent }), files, message: `${like}` });
    }
    content.refs.set(REF, parent ?? '');
    return parent ?? '';
  };
  const original = (...indexes: readonly number[]) =>
    Promise.all(indexes.map(async (like) => ({ like, text: await textAt(like) })));
  const codes = async () =>
    (await ledger.channels.check(IMAGE, CHANNEL))
      .filter(({ code }) => code !== 'index-disagrees')
      .map(({ code, subject }) => `${code} ${subject.replace(/ \(.*/, '')}`);

  test('finds nothing in a chain that nobody touched', async () => {
    expect(await ledger.channels.check(IMAGE, CHANNEL)).toEqual([]);
  });

  test('finds a record that was edited', async () => {
    const records = await original(0, 1, 2, 3, 4);
    await rewrite(
      records.map((each) => (each.like === 2 ? { ...each, text: each.text.replace('stable', 'latest') } : each)),
    );
    expect(await codes()).toEqual(['record-edited record 3']);
    expect(await ledger.channels.check(IMAGE, CHANNEL)).toContainEqual(
      expect.objectContaining({ code: 'record-edited', level: 'error', expected: entries[2]?.recordDigest }),
    );
  });

  test('finds a record that was edited by no more than a space', async () => {
    const records = await original(0, 1, 2, 3, 4);
    await rewrite(records.map((each) => (each.like === 1 ? { ...each, text: `${each.text} ` } : each)));
    expect(await codes()).toEqual(['record-edited record 2']);
  });

  test('finds records that were removed, from the middle and from the front', async () => {
    await rewrite(await original(0, 1, 3, 4));
    expect(await codes()).toEqual(['record-removed record 3']);
    await rewrite(await original(0, 4));
    expect(await codes()).toEqual(['record-removed records 2 to 4']);
    await rewrite(await original(2, 3, 4));
    expect(await codes()).toEqual(['record-removed records 1 to 2']);
  });

  test('finds records that were put in another order', async () => {
    await rewrite(await original(0, 2, 1, 3, 4));
    expect(await codes()).toEqual(['record-reordered record 2']);
  });

  test('finds two records on one', async () => {
    const records = await original(0, 1, 2);
    const fork = (await textAt(2)).replace('"sequence": 3', '"sequence": 4').replace('stable', 'other');
    await rewrite([...records, { like: 2, text: fork }]);
    expect(await codes()).toEqual(['chain-forked record 4']);
    await rewrite([...records, { like: 2, text: (await textAt(2)).replace('stable', 'other') }]);
    expect(await codes()).toEqual(['chain-forked record 3']);
  });

  test('finds a record that cannot be read', async () => {
    const records = await original(0, 1, 2, 3, 4);
    await rewrite(records.map((each) => (each.like === 2 ? { ...each, text: '{' } : each)));
    expect((await codes())[0]).toMatch(/^record-unreadable commit/);
  });

  test('finds a record of another channel', async () => {
    const records = await original(0, 1);
    await rewrite([...records, { like: 2, text: (await textAt(2)).replace('"production"', '"staging"') }]);
    expect(await codes()).toEqual(['names-disagree record 3']);
  });

  test('finds a first record that names one before it', async () => {
    const text = (await textAt(1)).replace('"sequence": 2', '"sequence": 1');
    await rewrite([{ like: 1, text }]);
    expect(await codes()).toEqual(['record-edited record 1']);
  });

  test('finds an index that says something else than the records, has too much, or too little', async () => {
    const tip = entries.at(-1)?.commit ?? '';
    const path = factsPath(digestNamed('b'));
    const facts = textOf(await refs.readFile(tip, path)) ?? '';
    const put = async (files: Record<string, string>) => {
      const record = { 'record.json': (await refs.readFile(tip, 'record.json')) ?? new Uint8Array() };
      const parent = entries[3]?.commit ?? '';
      const tree = Object.fromEntries(
        (await collectAll(refs.files(tip, 'digests'))).map((file) => [file.path, file.bytes]),
      );
      const changed = Object.fromEntries(Object.entries(files).map(([name, text]) => [name, bytes(text)]));
      content.refs.set(REF, await refs.commit({ parent, files: { ...record, ...tree, ...changed }, message: 'm' }));
      return ledger.channels.check(IMAGE, CHANNEL);
    };
    expect(await put({})).toEqual([]);
    expect(await put({ [path]: facts.replace('"rolledBack":false', '"rolledBack":true') })).toEqual([
      expect.objectContaining({ code: 'index-disagrees', subject: path, expected: facts.trim() }),
    ]);
    expect(await put({ [factsPath(digestNamed('z'))]: facts })).toEqual([
      expect.objectContaining({ code: 'index-disagrees', subject: factsPath(digestNamed('z')) }),
    ]);
    content.refs.set(
      REF,
      await refs.commit({
        parent: entries[3]?.commit ?? '',
        files: { 'record.json': bytes(await textAt(4)) },
        message: 'm',
      }),
    );
    expect(await ledger.channels.check(IMAGE, CHANNEL)).toEqual([
      expect.objectContaining({ code: 'index-disagrees', subject: factsPath(digestNamed('d')), found: 'no such file' }),
    ]);
  });

  test('knows nothing of a tail that was cut off, or of a chain that was written anew whole: copies do', async () => {
    const copies = entries.map(({ record, recordDigest }) => ({
      sequence: record.sequence,
      recordDigest,
      source: '.artifacts.json',
    }));
    const compare = () => compareWithCopies(ledger.channels.log(IMAGE, CHANNEL), copies);
    expect(await compare()).toEqual([]);

    content.refs.set(REF, entries[2]?.commit ?? '');
    expect(await ledger.channels.check(IMAGE, CHANNEL)).toEqual([]);
    expect((await compare()).map(({ code, subject }) => `${code} ${subject}`)).toEqual([
      'tail-cut record 4',
      'tail-cut record 5',
    ]);

    content.refs.delete(REF);
    for (const { record } of entries) {
      const expected = await ledger.channels.tip(IMAGE, CHANNEL);
      const draft = record.sequence >= 3 ? { ...record, actor: 'mallory' } : record;
      await ledger.channels.append(IMAGE, CHANNEL, draft, { expected });
    }
    expect(await ledger.channels.check(IMAGE, CHANNEL)).toEqual([]);
    expect((await compare()).map(({ code, subject }) => `${code} ${subject}`)).toEqual([
      'chain-rewritten record 3',
      'chain-rewritten record 4',
      'chain-rewritten record 5',
    ]);

    content.refs.delete(REF);
    expect((await compare()).map(({ code }) => code)).toEqual(Array.from({ length: 5 }, () => 'tail-cut'));
  });

  test('finds commits that join two chains', async () => {
    const merging: RefStore = {
      ...refs,
      async *history(commit, path, options) {
        for await (const each of refs.history(commit, path, options)) {
          yield each.commit === entries[2]?.commit ? { ...each, parents: 2 } : each;
        }
      },
    };
    const findings = await createLedger(merging).channels.check(IMAGE, CHANNEL);
    expect(findings).toEqual([
      expect.objectContaining({ code: 'chain-forked', subject: `commit ${entries[2]?.commit}`, found: '2 parents' }),
    ]);
  });

  test('finds whatever was done to the records, a cut tail excepted', async () => {
    const texts = await Promise.all(entries.map((_, i) => textAt(i)));
    const edited = texts.map((text) => text.replace('stable', 'latest'));
    const record = fc.record({ like: fc.nat(4), edit: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 6 }), async (records) => {
        const chain = records.map(({ like, edit }) => ({ like, text: (edit ? edited : texts)[like] ?? '' }));
        await rewrite(chain);
        // The newest record is named by none: that it was edited is for copies to know.
        const isCut = chain.every(({ like, text }, i) => like === i && (i === chain.length - 1 || text === texts[i]));
        expect((await codes()).length === 0).toBe(isCut);
      }),
    );
  });

  test('is not misled by numbers that another hand made up', async () => {
    const text = (await textAt(1)).replace('"sequence": 2', '"sequence": 9007199254740991');
    await rewrite([...(await original(0)), { like: 1, text }]);
    expect(await codes()).toEqual(['record-removed records 2 to 9007199254740990']);
  });
});

test('an entry that was appended is as every reader sees it', async () => {
  const { channels } = createLedger(createMemoryRefStore());
  const draft: Omit<ChannelRecord, 'schemaVersion' | 'sequence' | 'image' | 'channel'> = {
    kind: 'promotion',
    digest: digestNamed('a'),
    mediaType: 'x/y',
    to: { reference: 'a.b/c:dev', channel: 'dev' },
    tag: 'dev',
    promotedAt: '2026-01-01T00:00:00Z',
    toolchain: { npm: '9', node: '18' },
  };
  const result = await channels.append('a.b/c', 'dev', draft, { expected: undefined });
  expect(result).toEqual({ appended: true, entry: await channels.tip('a.b/c', 'dev') });
});
