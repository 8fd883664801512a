import { expect, test } from '@jest/globals';
import { factsOf, statementAbout, subjectOf } from '@waybill/testing/statement-log-suite';
import { WaybillError } from '../errors/index.ts';
import { createMemoryStatementLog } from '../intoto/index.ts';
import { bestEffortDeployments, bestEffortLog, createBestEffort } from './best-effort.ts';

const one = subjectOf(1);
const bytes = statementAbout(one);
const never = () => new Promise<never>(() => undefined);
/** Time passes at once. */
const soon = createBestEffort({ sleep: async () => undefined, ms: 30_000 });
/** Time does not pass. */
const patient = () => createBestEffort({ sleep: never, ms: 30_000 });

function failing(error: unknown) {
  let asked = 0;
  const fail = async () => {
    asked += 1;
    throw error;
  };
  const log = { ...createMemoryStatementLog(), append: fail, find: fail };
  return { log, record: fail, asked: () => asked };
}
const remote = () => new WaybillError('GITHUB_SERVER_ERROR', 'POST answers 502', { kind: 'remote' });
const denied = () => new WaybillError('GITHUB_DENIED', 'POST answers 403', { kind: 'user' });
const facts = { name: 'ghcr.io/octo-org/app', digest: one, environment: 'dev', commit: undefined };

test('what GitHub answers in time comes through', async () => {
  const log = bestEffortLog(createMemoryStatementLog(), patient());
  const { statement, outcome } = await log.append(bytes, factsOf(one));
  expect(outcome).toBe('appended');
  expect(await log.find(statement, factsOf(one).at)).toMatchObject({ name: statement.place.name });
});

test('a GitHub that does not answer is waited for once, and no longer than it was said', async () => {
  const log = bestEffortLog({ ...createMemoryStatementLog(), append: never }, soon);
  await expect(log.append(bytes, factsOf(one))).rejects.toMatchObject({
    code: 'DEADLINE_EXCEEDED',
    kind: 'remote',
    message: expect.stringContaining('30000 ms'),
  });
  const { record, asked } = failing(remote());
  await expect(log.append(bytes, factsOf(one))).rejects.toMatchObject({ code: 'NOT_TRIED_AGAIN' });
  await expect(bestEffortDeployments({ record }, soon).record(facts)).rejects.toMatchObject({
    code: 'NOT_TRIED_AGAIN',
  });
  expect(asked()).toBe(0);
});

test.each([
  ['a server error', remote()],
  ['a limit', new WaybillError('GITHUB_RATE_LIMITED', 'POST answers 429', { kind: 'remote' })],
  ['a name that is not found', new WaybillError('HTTP_UNREACHABLE', 'ENOTFOUND', { kind: 'remote' })],
])('after %s nothing more is asked', async (_, error) => {
  const { log, asked } = failing(error);
  const effort = patient();
  const bounded = bestEffortLog(log, effort);
  await expect(bounded.append(bytes, factsOf(one))).rejects.toBe(error);
  await expect(bounded.append(bytes, factsOf(one))).rejects.toMatchObject({ code: 'NOT_TRIED_AGAIN', kind: 'remote' });
  expect(asked()).toBe(1);
});

test('what a token may not do is tried once, and what it may besides is done', async () => {
  const effort = patient();
  const { log, record, asked } = failing(denied());
  const bounded = bestEffortLog({ ...createMemoryStatementLog(), append: log.append }, effort);
  await expect(bounded.append(bytes, factsOf(one))).rejects.toMatchObject({ code: 'GITHUB_DENIED' });
  await expect(bounded.append(bytes, factsOf(one))).rejects.toMatchObject({ code: 'NOT_TRIED_AGAIN' });
  expect(asked()).toBe(1);
  const name = { subject: one, predicate: 'provenance', format: 'statement', fingerprint: '0'.repeat(12) } as const;
  expect(await bounded.find(name, factsOf(one).at)).toBeUndefined();
  await expect(bestEffortDeployments({ record }, effort).record(facts)).rejects.toMatchObject({
    code: 'GITHUB_DENIED',
  });
});

test('what is wrong with one statement says nothing of the next', async () => {
  const conflict = new WaybillError('STATEMENT_CONFLICT', 'other bytes', { kind: 'integrity' });
  const { log, asked } = failing(conflict);
  const bounded = bestEffortLog(log, patient());
  for (const _ of [1, 2]) await expect(bounded.append(bytes, factsOf(one))).rejects.toBe(conflict);
  expect(asked()).toBe(2);
});

test('an abort is no failure of GitHub', async () => {
  const reason = new Error('cancelled');
  const effort = patient();
  const abort = new AbortController();
  const pending = bestEffortLog({ ...createMemoryStatementLog(), append: never }, effort).append(bytes, factsOf(one), {
    signal: abort.signal,
  });
  abort.abort(reason);
  await expect(pending).rejects.toBe(reason);
  expect((await bestEffortLog(createMemoryStatementLog(), effort).append(bytes, factsOf(one))).outcome).toBe(
    'appended',
  );
});
