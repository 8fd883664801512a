import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  encodeStatement,
  type FiledStatement,
  parseStatementName,
  STATEMENT_TYPE,
  type StatementFacts,
  type StatementLog,
} from '@waybill/core/intoto';
import { type Digest, hexOf, parseDigest } from '@waybill/core/oci';

/** A fresh, empty log and what the suite needs beside it. */
export interface StatementLogUnderTest {
  readonly log: StatementLog;
  /** The same log through another opening, as a second machine has it. */
  open(): Promise<StatementLog>;
  /** Replaces filed bytes by other hands. */
  spoil(statement: FiledStatement, bytes: Uint8Array): void;
  dispose(): Promise<void>;
}

const NOVEMBER = Date.UTC(2026, 10, 25, 12);

/** A digest for a number. */
export function subjectOf(n: number): Digest {
  return parseDigest(`sha256:${n.toString(16).padStart(64, '0')}`);
}

/** A statement about a subject; another `n` makes another statement. */
export function statementAbout(subject: Digest, n = 0): Uint8Array {
  return encodeStatement({
    _type: STATEMENT_TYPE,
    subject: [{ name: 'ghcr.io/octo-org/app', digest: { sha256: hexOf(subject) } }],
    predicateType: 'https://example.com/predicate/v1',
    predicate: { n },
  });
}

export function factsOf(subject: Digest, more: Partial<StatementFacts> = {}): StatementFacts {
  return { subject, predicate: 'provenance', at: NOVEMBER, label: 'for people', ...more };
}

export async function listAll(
  log: StatementLog,
  filter: Parameters<StatementLog['list']>[0] = {},
): Promise<FiledStatement[]> {
  const all: FiledStatement[] = [];
  for await (const statement of log.list(filter)) all.push(statement);
  return all;
}

/** What every statement log must do. @param makeLog gives a fresh, empty log for each test */
export function describeStatementLog(name: string, makeLog: () => Promise<StatementLogUnderTest>): void {
  describe(name, () => {
    let under: StatementLogUnderTest;
    beforeEach(async () => {
      under = await makeLog();
    });
    afterEach(() => under.dispose());

    const [one, two] = [subjectOf(1), subjectOf(2)];

    test('a log in which nothing was filed lists nothing', async () => {
      expect(await listAll(under.log)).toEqual([]);
    });

    test('a statement is filed under a name that says what it is, and is read through every opening', async () => {
      const bytes = statementAbout(one);
      const { outcome, statement } = await under.log.append(bytes, factsOf(one, { predicate: 'promotion' }));
      expect(outcome).toBe('appended');
      expect(statement).toMatchObject({
        subject: one,
        predicate: 'promotion',
        format: 'statement',
        size: bytes.byteLength,
      });
      expect(statement.place.name).toMatch(/^0{63}1\.promotion\.[0-9a-f]{12}\.intoto\.json$/);
      expect(statement.place.group).toBe('waybill/promotion/2026-11');
      for (const log of [under.log, await under.open()]) {
        expect(Buffer.from(await log.read(statement.place)).equals(bytes)).toBe(true);
        expect(await listAll(log)).toEqual([statement]);
      }
    });

    test('the same statement is filed once, however often it is appended', async () => {
      const first = await under.log.append(statementAbout(one), factsOf(one));
      const again = await (await under.open()).append(statementAbout(one), factsOf(one));
      expect(again).toEqual({ outcome: 'exists', statement: first.statement });
      expect(await listAll(under.log)).toHaveLength(1);
    });

    test('statements about one subject stand beside each other', async () => {
      await under.log.append(statementAbout(one, 1), factsOf(one));
      await under.log.append(statementAbout(one, 2), factsOf(one));
      await under.log.append(statementAbout(one, 3), factsOf(one, { predicate: 'verdict' }));
      expect(await listAll(under.log, { subject: one })).toHaveLength(3);
    });

    test('a listing has what fits, and nothing else', async () => {
      await under.log.append(statementAbout(one), factsOf(one));
      await under.log.append(statementAbout(two), factsOf(two));
      await under.log.append(statementAbout(two, 7), factsOf(two, { predicate: 'reuse' }));
      await under.log.append(statementAbout(two, 8), factsOf(two, { at: Date.UTC(2026, 11, 1) }));
      const names = async (filter: Parameters<StatementLog['list']>[0]) =>
        (await listAll(await under.open(), filter))
          .map(({ subject, predicate }) => `${hexOf(subject).slice(-1)} ${predicate}`)
          .sort();
      expect(await names({ subject: one })).toEqual(['1 provenance']);
      expect(await names({ subject: two })).toEqual(['2 provenance', '2 provenance', '2 reuse']);
      expect(await names({ predicate: 'reuse' })).toEqual(['2 reuse']);
      expect(await names({ subject: one, predicate: 'reuse' })).toEqual([]);
    });

    test('a month has a group of its own, by UTC', async () => {
      const before = await under.log.append(
        statementAbout(one, 1),
        factsOf(one, { at: Date.UTC(2026, 10, 30, 23, 59, 59) }),
      );
      const after = await under.log.append(statementAbout(one, 2), factsOf(one, { at: Date.UTC(2026, 11, 1) }));
      expect([before, after].map(({ statement }) => statement.place.group)).toEqual([
        'waybill/provenance/2026-11',
        'waybill/provenance/2026-12',
      ]);
    });

    test('a bundle is filed as what it is', async () => {
      const bytes = Buffer.from('{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"}');
      const { statement } = await under.log.append(bytes, factsOf(one, { format: 'bundle' }));
      expect(parseStatementName(statement.place.name)).toMatchObject({ subject: one, format: 'bundle' });
      expect(statement.place.name).toMatch(/\.sigstore\.json$/);
    });

    test('a label is one line of at most 100 characters', async () => {
      const label = `promotion of\n\u202e app\tto production ${'x'.repeat(200)}`;
      const { statement } = await under.log.append(statementAbout(one), factsOf(one, { label }));
      expect(statement.label).toMatch(/^promotion of app to production x+$/);
      expect(statement.label).toHaveLength(100);
      expect((await listAll(await under.open()))[0]?.label).toBe(statement.label);
    });

    test('what is no statement, or is about something else, is not filed', async () => {
      await expect(under.log.append(Buffer.from('{}'), factsOf(one))).rejects.toMatchObject({
        code: 'STATEMENT_INVALID',
      });
      await expect(under.log.append(statementAbout(two), factsOf(one))).rejects.toMatchObject({
        code: 'STATEMENT_SUBJECT',
      });
      await expect(under.log.append(statementAbout(one), factsOf(one, { at: Number.NaN }))).rejects.toMatchObject({
        code: 'STATEMENT_TIME',
      });
      expect(await listAll(under.log)).toEqual([]);
    });

    test('bytes that somebody replaced are told to who reads them', async () => {
      const { statement } = await under.log.append(statementAbout(one), factsOf(one));
      under.spoil(statement, Buffer.from('{"not":"it"}'));
      await expect((await under.open()).read(statement.place)).rejects.toMatchObject({
        code: 'STATEMENT_CORRUPT',
        kind: 'integrity',
      });
    });

    test('a place where nothing is filed is told', async () => {
      const { statement } = await under.log.append(statementAbout(one), factsOf(one));
      const place = {
        ...statement.place,
        name: statement.place.name.replace('provenance', 'reuse'),
        id: statement.place.id + 1000,
      };
      await expect(under.log.read(place)).rejects.toMatchObject({ code: 'STATEMENT_UNKNOWN' });
    });

    test('a statement is found by its name and its month, whoever filed it', async () => {
      const { statement } = await under.log.append(statementAbout(one), factsOf(one));
      const log = await under.open();
      const { group, name } = statement.place;
      const at = factsOf(one).at;
      expect(await log.find(statement, at)).toEqual({ group, name });
      expect(Buffer.from(await log.read({ group, name })).equals(statementAbout(one))).toBe(true);
      expect(await log.find(statement, Date.UTC(2026, 11, 1))).toBeUndefined();
      expect(await log.find({ ...statement, predicate: 'reuse' }, at)).toBeUndefined();
      expect(await log.find({ ...statement, fingerprint: '0'.repeat(12) }, at)).toBeUndefined();
    });

    test('asking whether one may file files nothing', async () => {
      for (const log of [under.log, await under.open()]) await log.assertWritable(factsOf(one));
      expect(await listAll(under.log)).toEqual([]);
      await under.log.append(statementAbout(one), factsOf(one));
      await (await under.open()).assertWritable(factsOf(one));
      expect(await listAll(under.log)).toHaveLength(1);
    });

    test('eight who file the same at once file it once, and each gets it', async () => {
      const logs = await Promise.all(Array.from({ length: 8 }, () => under.open()));
      const bytes = statementAbout(one);
      const all = await Promise.all(logs.map((log) => log.append(bytes, factsOf(one))));
      expect(new Set(all.map(({ statement }) => statement.place.name)).size).toBe(1);
      expect(await listAll(under.log)).toHaveLength(1);
    });

    test('eight who file at once lose nothing', async () => {
      const logs = await Promise.all(Array.from({ length: 8 }, () => under.open()));
      await Promise.all(logs.map((log, i) => log.append(statementAbout(subjectOf(i)), factsOf(subjectOf(i)))));
      expect((await listAll(under.log)).map(({ subject }) => subject).sort()).toEqual(logs.map((_, i) => subjectOf(i)));
    });

    test('nothing is done after an abort', async () => {
      const reason = new Error('cancelled');
      const options = { signal: AbortSignal.abort(reason) };
      await expect(under.log.append(statementAbout(one), factsOf(one), options)).rejects.toBe(reason);
      expect(await listAll(under.log)).toEqual([]);
    });
  });
}
