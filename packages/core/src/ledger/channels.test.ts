import { beforeEach, describe, expect, test } from '@jest/globals';
import { collectAll } from '@waybill/testing/ref-store-suite';
import fc from 'fast-check';
import { createMemoryRefStore, createMemoryRefs, type RefStore } from '../content/index.ts';
import { type Digest, digestOf } from '../oci/index.ts';
import { createLedger } from './create-ledger.ts';
import { encodeFacts, factsPath } from './digest-facts.ts';
import type { LedgerFinding } from './finding.ts';
import type { ChannelEntry, Ledger } from './ledger.ts';
import type { ChannelDraft } from './records.ts';
import { channelRef } from './ref-name.ts';

const IMAGE = 'ghcr.io/octo-org/app';
const CHANNEL = 'production';

const digestNamed = (name: string): Digest => digestOf(new TextEncoder().encode(name));
const A = digestNamed('a');
const B = digestNamed('b');
const C = digestNamed('c');
const D = digestNamed('d');

function draft(digest: Digest, kind: ChannelDraft['kind'] = 'promotion', minute = 0): ChannelDraft {
  return {
    kind,
    digest,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    to: { reference: `${IMAGE}:stable`, channel: CHANNEL },
    tag: 'stable',
    promotedAt: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString(),
  };
}

describe('channels', () => {
  let refs: RefStore;
  let ledger: Ledger;
  beforeEach(() => {
    refs = createMemoryRefStore(createMemoryRefs());
    ledger = createLedger(refs);
  });

  const append = async (...drafts: readonly ChannelDraft[]): Promise<ChannelEntry> => {
    let last: ChannelEntry | undefined;
    for (const each of drafts) {
      const expected = await ledger.channels.tip(IMAGE, CHANNEL);
      const result = await ledger.channels.append(IMAGE, CHANNEL, each, { expected });
      if (!result.appended) throw new Error('expected the record to be appended');
      last = result.entry;
    }
    if (last === undefined) throw new Error('expected a draft');
    return last;
  };

  test('a channel that nobody used has nothing', async () => {
    expect(await ledger.channels.tip(IMAGE, CHANNEL)).toBeUndefined();
    expect(await ledger.channels.find(IMAGE, CHANNEL, A)).toBeUndefined();
    expect(await ledger.channels.rollbackTarget(IMAGE, CHANNEL)).toBeUndefined();
    expect(await collectAll(ledger.channels.log(IMAGE, CHANNEL))).toEqual([]);
    expect(await ledger.channels.check(IMAGE, CHANNEL)).toEqual([]);
    expect(await collectAll(ledger.channels.list())).toEqual([]);
  });

  test('S1-U5: records are numbered from 1, and each names the bytes of the one before', async () => {
    const first = await append(draft(A));
    const second = await append(draft(B));
    expect(first.record).toMatchObject({ schemaVersion: 1, sequence: 1, image: IMAGE, channel: CHANNEL, digest: A });
    expect(first.record.previous).toBeUndefined();
    expect(second.record).toMatchObject({ sequence: 2, previous: first.recordDigest });
    const bytes = (await refs.readFile(first.commit, 'record.json')) ?? new Uint8Array();
    expect(second.record.previous).toBe(digestOf(bytes));
    expect(await ledger.channels.tip(IMAGE, CHANNEL)).toEqual(second);
    expect(await collectAll(ledger.channels.log(IMAGE, CHANNEL))).toEqual([second, first]);
  });

  test('who judged against an older tip is told the newer one, and nothing is written', async () => {
    const first = await append(draft(A));
    const second = await append(draft(B));
    expect(await ledger.channels.append(IMAGE, CHANNEL, draft(C), { expected: first })).toEqual({
      appended: false,
      current: second,
    });
    expect(await ledger.channels.append(IMAGE, CHANNEL, draft(C), { expected: undefined })).toEqual({
      appended: false,
      current: second,
    });
    expect(await ledger.channels.find(IMAGE, CHANNEL, C)).toBeUndefined();
  });

  test('a field that is empty or undefined is absent from the record', async () => {
    const { record, commit } = await append({
      ...draft(A),
      actor: '',
      platforms: [],
      toolchain: {},
      gate: { environment: '', required: 'integrity' },
    });
    expect(Object.keys(record)).not.toEqual(expect.arrayContaining(['actor']));
    expect(record.gate).toEqual({ required: 'integrity' });
    const text = new TextDecoder().decode(await refs.readFile(commit, 'record.json'));
    expect(text).not.toMatch(/actor|platforms|toolchain|environment/);
  });

  test.each([
    ['a digest', { digest: 'sha256:abc' as Digest }, 'digest is not a digest'],
    ['a time', { promotedAt: 'yesterday' }, 'promotedAt is not a time'],
    ['a tag', { tag: '' }, 'tag is missing'],
    ['a commit', { commit: 'main' }, 'commit is not a commit'],
  ])('a draft with %s that is none is refused, and nothing is written', async (_, wrong, message) => {
    const refused = ledger.channels.append(IMAGE, CHANNEL, { ...draft(A), ...wrong }, { expected: undefined });
    await expect(refused).rejects.toMatchObject({
      code: 'RECORD_INVALID',
      kind: 'user',
      message: expect.stringContaining(message),
    });
    expect(await ledger.channels.tip(IMAGE, CHANNEL)).toBeUndefined();
  });

  test('a digest is known by its first record, its latest, and the commit before the first', async () => {
    const one = await append(draft(A, 'promotion', 1));
    await append(draft(B, 'promotion', 2), draft(C, 'promotion', 3), draft(B, 'promotion', 4));
    const at = (minute: number) => `2026-01-01T00:0${minute}:00.000Z`;
    expect(await ledger.channels.find(IMAGE, CHANNEL, B)).toEqual({
      first: { sequence: 2, at: at(2) },
      latest: { sequence: 4, at: at(4) },
      before: one.commit,
      rolledBack: false,
    });
    expect(await ledger.channels.find(IMAGE, CHANNEL, A)).toEqual({
      first: { sequence: 1, at: at(1) },
      latest: { sequence: 1, at: at(1) },
      rolledBack: false,
    });
  });

  test('a digest that was rolled back from is known as such until the channel records it again', async () => {
    const facts = async () => (await ledger.channels.find(IMAGE, CHANNEL, B))?.rolledBack;
    await append(draft(A), draft(B));
    expect(await facts()).toBe(false);
    await append(draft(A, 'rollback'));
    expect(await facts()).toBe(true);
    await append(draft(C));
    expect(await facts()).toBe(true);
    await append(draft(B));
    expect(await facts()).toBe(false);
  });

  test('S1-32: a rollback goes to the record before the first of the current digest', async () => {
    const [a, b] = [await append(draft(A)), await append(draft(B))];
    await append(draft(C), draft(B), draft(C));
    expect(await ledger.channels.rollbackTarget(IMAGE, CHANNEL)).toEqual(b);
    await append(draft(B, 'rollback'));
    expect(await ledger.channels.rollbackTarget(IMAGE, CHANNEL)).toEqual(a);
    await append(draft(A, 'rollback'));
    expect(await ledger.channels.rollbackTarget(IMAGE, CHANNEL)).toBeUndefined();
  });

  test('a rollback passes over what was rolled back from, however many stand in front', async () => {
    const a = await append(draft(A));
    await append(draft(B), draft(C), draft(D));
    await append(draft(C, 'rollback'), draft(B, 'rollback'), draft(A, 'rollback'), draft(D));
    expect(await ledger.channels.rollbackTarget(IMAGE, CHANNEL)).toEqual(a);
  });

  test('after any promotions and rollbacks the answers are those of a list that is read from the front', async () => {
    const step = fc.record({ digest: fc.constantFrom(A, B, C, D), back: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
        ledger = createLedger(createMemoryRefStore(createMemoryRefs()));
        const history: { digest: Digest; sequence: number; kind: ChannelDraft['kind'] }[] = [];
        for (const { digest, back } of steps) {
          const target = naiveTarget(history);
          expect((await ledger.channels.rollbackTarget(IMAGE, CHANNEL))?.record.sequence).toBe(target?.sequence);
          const goesBack = back && target !== undefined;
          const kind = goesBack ? 'rollback' : 'promotion';
          const { record } = await append(draft(goesBack ? target.digest : digest, kind, history.length));
          history.push(record);
        }
        for (const digest of [A, B, C, D]) {
          const facts = await ledger.channels.find(IMAGE, CHANNEL, digest);
          const own = history.filter((each) => each.digest === digest);
          expect(facts?.first.sequence).toBe(own[0]?.sequence);
          expect(facts?.latest.sequence).toBe(own.at(-1)?.sequence);
          expect(facts?.rolledBack ?? false).toBe(isRolledBack(history, digest));
        }
        expect(await ledger.channels.check(IMAGE, CHANNEL)).toEqual([]);
      }),
    );
  });

  test('a ref that points at the record of another channel is refused', async () => {
    const { commit } = await append(draft(A));
    await refs.move(channelRef(IMAGE, 'staging'), commit, { expected: undefined });
    const refused = { code: 'NAMES_DISAGREE', kind: 'integrity' };
    await expect(ledger.channels.tip(IMAGE, 'staging')).rejects.toMatchObject(refused);
    await expect(ledger.channels.find(IMAGE, 'staging', A)).rejects.toMatchObject(refused);
    await expect(collectAll(ledger.channels.log(IMAGE, 'staging'))).rejects.toMatchObject(refused);
    await expect(collectAll(ledger.channels.list())).rejects.toMatchObject(refused);
  });

  test.each([
    ['no file', {}],
    ['no JSON', { 'record.json': '{' }],
    ['another schema', { 'record.json': '{"schemaVersion":1}' }],
  ])('a record that is %s is an error, not an empty channel', async (_, files) => {
    const texts = Object.entries({ 'other.json': '1', ...files });
    const commit = await refs.commit({
      files: Object.fromEntries(texts.map(([path, text]) => [path, new TextEncoder().encode(text)])),
      message: 'm',
    });
    await refs.move(channelRef(IMAGE, CHANNEL), commit, { expected: undefined });
    await expect(ledger.channels.tip(IMAGE, CHANNEL)).rejects.toMatchObject({
      code: 'RECORD_INVALID',
      kind: 'integrity',
    });
  });

  test('a record of a newer schema says so', async () => {
    const files = { 'record.json': new TextEncoder().encode('{"schemaVersion":2}') };
    await refs.move(channelRef(IMAGE, CHANNEL), await refs.commit({ files, message: 'm' }), { expected: undefined });
    await expect(ledger.channels.tip(IMAGE, CHANNEL)).rejects.toMatchObject({ code: 'RECORD_NEWER', kind: 'user' });
  });

  test('an index that names a record past the newest, or a commit that is not the one before, is refused', async () => {
    const first = await append(draft(A));
    const second = await append(draft(B));
    const top = await append(draft(C));
    const spoil = async (facts: Parameters<typeof encodeFacts>[0]) => {
      const tip = (await refs.resolve(channelRef(IMAGE, CHANNEL))) ?? '';
      const record = (await refs.readFile(tip, 'record.json')) ?? new Uint8Array();
      const files = { 'record.json': record, [factsPath(C)]: encodeFacts(facts) };
      const commit = await refs.commit({ parent: tip, files, message: String(Math.random()) });
      await refs.move(channelRef(IMAGE, CHANNEL), commit, { expected: tip });
    };
    const here = { sequence: 3, at: top.record.promotedAt };
    const invalid = { code: 'INDEX_INVALID', kind: 'integrity' };
    await spoil({ first: here, latest: { ...here, sequence: 4 }, before: second.commit, rolledBack: false });
    await expect(ledger.channels.find(IMAGE, CHANNEL, C)).rejects.toMatchObject(invalid);
    await spoil({ first: here, latest: here, before: first.commit, rolledBack: false });
    await expect(ledger.channels.rollbackTarget(IMAGE, CHANNEL)).rejects.toMatchObject(invalid);
  });

  test('all channels are listed with their newest record', async () => {
    await append(draft(A), draft(B));
    await ledger.channels.append('localhost:5000/x', 'dev', draft(C), { expected: undefined });
    const listed = await collectAll(ledger.channels.list());
    expect(listed.map(({ image, channel, entry }) => `${image} ${channel} ${entry.record.sequence}`).sort()).toEqual([
      'ghcr.io/octo-org/app production 2',
      'localhost:5000/x dev 1',
    ]);
  });

  test('of one image alone the channels of that image are read', async () => {
    await append(draft(A));
    await ledger.channels.append('localhost:5000/x', 'dev', draft(C), { expected: undefined });
    const foreign = await refs.commit({ files: {}, message: 'm' });
    await refs.move(channelRef('localhost:5000/broken', 'dev'), foreign, { expected: undefined });
    const listed = await collectAll(ledger.channels.list({ image: 'localhost:5000/x' }));
    expect(listed.map(({ image, channel }) => `${image} ${channel}`)).toEqual(['localhost:5000/x dev']);
  });

  test('a ref whose record cannot be read, or is of another channel, is told, and hides no other', async () => {
    const entry = await append(draft(A));
    const foreign = await refs.commit({ files: {}, message: 'm' });
    await refs.move(channelRef('localhost:5000/broken', 'dev'), foreign, { expected: undefined });
    await refs.move(channelRef('localhost:5000/other', 'dev'), entry.commit, { expected: undefined });
    const told: LedgerFinding[] = [];
    const listed = await collectAll(ledger.channels.list({ onFinding: (finding) => told.push(finding) }));
    expect(listed.map(({ image, channel }) => `${image} ${channel}`)).toEqual([`${IMAGE} ${CHANNEL}`]);
    expect(told.sort((a, b) => a.code.localeCompare(b.code))).toMatchObject([
      { code: 'names-disagree', level: 'error', subject: channelRef('localhost:5000/other', 'dev') },
      { code: 'record-unreadable', level: 'error', subject: channelRef('localhost:5000/broken', 'dev') },
    ]);
    await expect(collectAll(ledger.channels.list())).rejects.toMatchObject({ kind: 'integrity' });
  });
});

type Past = readonly { readonly digest: Digest; readonly sequence: number; readonly kind: ChannelDraft['kind'] }[];

/** Whether the last thing that happened to the digest was that a rollback took it away. */
function isRolledBack(history: Past, digest: Digest): boolean {
  let rolledBack = false;
  for (const [at, { digest: current, kind }] of history.entries()) {
    if (current === digest) rolledBack = false;
    else if (kind === 'rollback' && history[at - 1]?.digest === digest) rolledBack = true;
  }
  return rolledBack;
}

/** The newest record before the first of the current digest whose digest was not rolled back from. */
function naiveTarget(history: Past): Past[number] | undefined {
  const current = history.at(-1)?.digest;
  const first = history.findIndex(({ digest }) => digest === current);
  return history.slice(0, Math.max(first, 0)).findLast(({ digest }) => !isRolledBack(history, digest));
}
