import { expect, test } from '@jest/globals';
import { parseReleaseUri, parseRepository } from './parse-repository.ts';

test('a repository has an owner and a name', () => {
  expect(parseRepository('octo-org/app.js_2')).toEqual({ owner: 'octo-org', repo: 'app.js_2' });
  expect(parseReleaseUri('release://octo-org/app')).toBe('octo-org/app');
});

test.each([
  '',
  'app',
  'octo-org/',
  '/app',
  'octo-org/app/x',
  'octo-org/..',
  'octo-org/.',
  '-o/app',
  'o/a?b',
  'o/a#b',
  'o/a%2f',
  'o/a b',
  '../a',
])('what is none is refused, and so is never a part of a URL: %j', (text) => {
  expect(() => parseRepository(text)).toThrow(
    expect.objectContaining({ code: 'GITHUB_REPOSITORY_INVALID', kind: 'user' }),
  );
  expect(() => parseReleaseUri(`release://${text}`)).toThrow(
    expect.objectContaining({ code: 'STORE_URI_INVALID', kind: 'user' }),
  );
});

test.each(['octo-org/app', 'release:octo-org/app', 'https://octo-org/app'])(
  'a place for records starts with release://: %s',
  (text) => {
    expect(() => parseReleaseUri(text)).toThrow(/release:\/\/OWNER\/REPO|no place/);
  },
);
