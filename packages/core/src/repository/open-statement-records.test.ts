import { expect, test } from '@jest/globals';
import { factsOf, statementAbout, subjectOf } from '@waybill/testing/statement-log-suite';
import { createBestEffort, createGitHub, gitHubUrls } from '../github/index.ts';
import { createHttp, type Http } from '../http/index.ts';
import { openStatementRecords, type StatementRecordsOptions } from './open-statement-records.ts';

const clock = { now: () => 0, random: () => 0, sleep: async () => undefined };
const options = (changes: Partial<StatementRecordsOptions> = {}): StatementRecordsOptions => ({
  records: 'auto',
  repository: 'octo-org/app',
  token: 'a-token',
  github: (repository) => createGitHub({ repository, urls: gitHubUrls({}), token: '', http: createHttp(), clock }),
  effort: createBestEffort(clock),
  ...changes,
});

test.each([
  ['auto', false],
  ['release', true],
] as const)('records: %s: files in the releases of the repository of the run', (records, required) => {
  expect(openStatementRecords(options({ records }))).toMatchObject({ shown: 'release://octo-org/app', required });
});

test('records: none files nowhere, and asks for no client', () => {
  const github = () => {
    throw new Error('asked');
  };
  expect(openStatementRecords(options({ records: 'none', github }))).toBeUndefined();
});

test.each<[string, Partial<StatementRecordsOptions>]>([
  ['this is no run of a workflow at GitHub', { repository: undefined }],
  ['the step has no github-token', { token: '' }],
  ['nothing says where the API of its GitHub is', { github: () => undefined }],
])('where %s, auto says nothing and release fails', (why, changes) => {
  expect(openStatementRecords(options(changes))).toBeUndefined();
  expect(() => openStatementRecords(options({ ...changes, records: 'release' }))).toThrow(
    expect.objectContaining({ code: 'RECORDS_UNAVAILABLE', kind: 'user', message: expect.stringContaining(why) }),
  );
});

test('a GitHub that never answers costs a run that may go on without records half a minute', async () => {
  const http: Http = { ...createHttp(), request: () => new Promise(() => undefined) };
  const github = (repository: string) => createGitHub({ repository, urls: gitHubUrls({}), token: '', http, clock });
  const one = subjectOf(1);
  const append = (records: 'auto' | 'release', signal?: AbortSignal) =>
    openStatementRecords(options({ records, github }))?.log.append(
      statementAbout(one),
      factsOf(one),
      signal === undefined ? {} : { signal },
    );
  await expect(append('auto')).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED', kind: 'remote' });
  // Who has to file waits for as long as the client does.
  const abort = new AbortController();
  const waiting = append('release', abort.signal);
  let ended = false;
  waiting
    ?.catch(() => undefined)
    .finally(() => {
      ended = true;
    });
  await append('auto')?.catch(() => undefined);
  expect(ended).toBe(false);
});
