import { expect, test } from '@jest/globals';
import { parseLedgerUri } from './parse-ledger-uri.ts';

test.each([
  ['git:/srv/ledger.git', '/srv/ledger.git'],
  [' git:~/ledger.git\n', '~/ledger.git'],
  ['git:https://github.com/octo-org/app', 'https://github.com/octo-org/app'],
  ['git:git@github.com:octo-org/app.git', 'git@github.com:octo-org/app.git'],
])('%j is the repository %s', (text, location) => {
  expect(parseLedgerUri(text)).toEqual({ kind: 'git', location });
});

test.each(['', 'git:', 'git://github.com/octo-org/app', '/srv/ledger.git', 'https://github.com/octo-org/app'])(
  '%j is no ledger',
  (text) => {
    expect(() => parseLedgerUri(text)).toThrow(expect.objectContaining({ code: 'STORE_URI_INVALID', kind: 'user' }));
  },
);

test.each(['dir:/srv/store', 'oci://ghcr.io/octo-org/app', 'actions:', 'release://octo-org/app'])(
  '%s is a store that cannot be a ledger',
  (text) => {
    expect(() => parseLedgerUri(text)).toThrow(expect.objectContaining({ code: 'STORE_UNSUPPORTED', kind: 'user' }));
  },
);

test('a password in it is not shown', () => {
  expect(() => parseLedgerUri('https://me:hunter22@host/x')).toThrow(/^(?!.*hunter22)/);
});
