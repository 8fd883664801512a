import { expect, test } from '@jest/globals';
import { createGitHub, gitHubUrls } from '../github/index.ts';
import { createHttp } from '../http/index.ts';
import { openStatementRecords, type StatementRecordsOptions } from './open-statement-records.ts';

const clock = { now: () => 0, random: () => 0, sleep: async () => undefined };
const options = (changes: Partial<StatementRecordsOptions> = {}): StatementRecordsOptions => ({
  records: 'auto',
  repository: 'octo-org/app',
  token: 'a-token',
  github: (repository) => createGitHub({ repository, urls: gitHubUrls({}), token: '', http: createHttp(), clock }),
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
