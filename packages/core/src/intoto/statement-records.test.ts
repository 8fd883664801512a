import { expect, test } from '@jest/globals';
import { factsOf, listAll, statementAbout, subjectOf } from '@waybill/testing/statement-log-suite';
import { WaybillError, type WaybillErrorOptions } from '../errors/index.ts';
import { createMemoryStatementLog, type MemoryStatements } from './memory-statement-log.ts';
import type { StatementLog } from './statement-log.ts';
import { assertFiling, fileRecord } from './statement-records.ts';

const one = subjectOf(1);
const bytes = statementAbout(one);
const lines: string[] = [];
const to = {
  log: {
    info: (message: string) => void lines.push(`info: ${message}`),
    notice: (message: string) => void lines.push(`notice: ${message}`),
    warning: (message: string) => void lines.push(`warning: ${message}`),
  },
};

/** A log that takes nothing. */
function refusing(kind: WaybillErrorOptions['kind'], hint?: string): StatementLog {
  const refuse = async () => {
    throw new WaybillError('GITHUB_DENIED', 'POST answers 403', { kind, ...(hint === undefined ? {} : { hint }) });
  };
  return { ...createMemoryStatementLog(), append: refuse, assertWritable: refuse };
}

const records = (log: StatementLog, required: boolean) => ({ log, shown: 'release://octo-org/app', required });

test('a statement is filed, and once', async () => {
  const log = createMemoryStatementLog();
  expect(await fileRecord(records(log, false), bytes, factsOf(one), to)).toMatchObject({ outcome: 'appended' });
  expect(await fileRecord(records(log, true), bytes, factsOf(one), to)).toMatchObject({ outcome: 'exists' });
  expect(await listAll(log)).toHaveLength(1);
});

test('one that may be there is asked for first, and its bytes are left alone', async () => {
  const content: MemoryStatements = new Map();
  const log = createMemoryStatementLog(content);
  const again = { ...to, maybeThere: true };
  expect(await fileRecord(records(log, true), bytes, factsOf(one), again)).toMatchObject({ outcome: 'appended' });
  const append = () => Promise.reject(new Error('appended'));
  expect(await fileRecord(records({ ...log, append }, true), bytes, factsOf(one), again)).toMatchObject({
    outcome: 'exists',
    place: { group: 'waybill/provenance/2026-11', name: [...content.keys()][0] },
  });
});

test('what somebody has to allow is a notice that says what, and the work goes on', async () => {
  lines.length = 0;
  const denied = records(refusing('user', 'Needed: `permissions: contents: write` of the job.'), false);
  expect(await fileRecord(denied, bytes, factsOf(one), to)).toBeUndefined();
  expect(lines).toEqual([
    `notice: The provenance of ${one} is not filed in release://octo-org/app: POST answers 403. Needed: \`permissions: contents: write\` of the job.`,
  ]);
  await assertFiling(denied, factsOf(one), undefined);
});

test('everything else is a warning', async () => {
  lines.length = 0;
  expect(await fileRecord(records(refusing('remote'), false), bytes, factsOf(one), to)).toBeUndefined();
  expect(lines).toEqual([expect.stringMatching(/^warning: The provenance of .* POST answers 403$/)]);
});

test('what was told once is not told again', async () => {
  lines.length = 0;
  const append = async () => {
    throw new WaybillError('NOT_TRIED_AGAIN', 'not after POST answers 502', { kind: 'remote' });
  };
  expect(await fileRecord(records({ ...refusing('remote'), append }, false), bytes, factsOf(one), to)).toBeUndefined();
  expect(lines).toEqual([expect.stringMatching(/^info: The provenance of .* not after POST answers 502$/)]);
});

test('where it is required the work fails, with what to do', async () => {
  const must = records(refusing('user', 'Needed: `permissions: contents: write` of the job.'), true);
  const expected = {
    code: 'RECORDS_NOT_FILED',
    kind: 'user',
    hint: expect.stringMatching(/^Needed: `permissions: contents: write` of the job\. Then run the job again/),
  };
  await expect(fileRecord(must, bytes, factsOf(one), to)).rejects.toMatchObject(expected);
  await expect(assertFiling(must, factsOf(one), undefined)).rejects.toMatchObject(expected);
});

test('an abort is no refusal', async () => {
  const reason = new Error('cancelled');
  const signal = AbortSignal.abort(reason);
  const aborted = { ...to, signal };
  await expect(fileRecord(records(refusing('user'), false), bytes, factsOf(one), aborted)).rejects.toBe(reason);
});
