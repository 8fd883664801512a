import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openPromotionStage, type PromotionStage } from '@waybill/testing/promotions';
import { createMemoryStatementLog, fingerprintOf, type MemoryStatements, statementName } from '../intoto/index.ts';
import { compareWithCopies } from '../ledger/index.ts';
import { digestOf } from '../oci/index.ts';
import { encodePromotionStatement } from './index.ts';
import { readFiledCopies } from './read-filed-copies.ts';

let stage: PromotionStage;
let content: MemoryStatements;
beforeEach(async () => {
  stage = await openPromotionStage();
  content = new Map();
});
afterEach(() => stage.stop());

const log = () => createMemoryStatementLog(content);
const promote = async (note: string, commit: number, channel = 'dev') => {
  const statements = { log: log(), shown: 'memory', required: true };
  return stage.promote(await stage.push(note, commit), channel, {}, stage.site({ statements }));
};
const read = () => readFiledCopies({ image: stage.image, channel: 'dev' }, log());
const codes = async () => {
  const { copies, findings } = await read();
  const compared = await compareWithCopies(stage.ledger.channels.log(stage.image, 'dev'), copies);
  return [...findings, ...compared].map(({ code }) => code);
};

test('what is filed of a channel confirms each of its records', async () => {
  await promote('one', 1);
  await promote('two', 2);
  await promote('two', 2, 'staging');
  const { copies, findings } = await read();
  expect(copies.map(({ sequence }) => sequence).sort((a, b) => a - b)).toEqual([1, 2]);
  expect(copies[0]?.source).toMatch(/\.promotion\.[0-9a-f]{12}\.intoto\.json in waybill\/promotion\//);
  expect(findings).toEqual([]);
  expect(await codes()).toEqual([]);
});

test('a ledger whose tail was cut off is found by what is filed', async () => {
  const first = await promote('one', 1);
  await promote('two', 2);
  const ref = [...stage.refs.refs.keys()].find((each) => each.endsWith('/dev')) ?? '';
  stage.refs.refs.set(ref, first.entry?.commit ?? '');
  expect(await codes()).toEqual(['tail-cut']);
});

test('bytes that were replaced, and a record under the name of another digest, prove nothing', async () => {
  const { entry } = await promote('one', 1);
  const [[name, filed] = ['', undefined]] = content;
  if (entry === undefined || filed === undefined) throw new Error('not filed');
  content.set(name, { ...filed, bytes: Buffer.from('{}') });
  expect(await codes()).toEqual(['asset-replaced']);
  content.clear();
  const bytes = encodePromotionStatement(entry);
  const about = {
    subject: digestOf(Buffer.from('another')),
    predicate: 'promotion',
    format: 'statement',
    fingerprint: fingerprintOf(bytes),
  } as const;
  const place = { group: 'waybill/promotion/2026-11', name: statementName(about), id: 1 };
  content.set(place.name, { statement: { ...about, place, size: bytes.byteLength, label: '' }, bytes });
  expect(await codes()).toEqual(['subject-mismatch']);
});
