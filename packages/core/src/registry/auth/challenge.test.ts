import { expect, test } from '@jest/globals';
import { parseChallenges } from './challenge.ts';

test.each([
  [
    'Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:user/image:pull"',
    [
      {
        scheme: 'bearer',
        parameters: { realm: 'https://ghcr.io/token', service: 'ghcr.io', scope: 'repository:user/image:pull' },
      },
    ],
  ],
  [
    'Basic realm="a \\"quoted\\" one, with a comma"',
    [{ scheme: 'basic', parameters: { realm: 'a "quoted" one, with a comma' } }],
  ],
  [
    'Negotiate, Basic realm=plain, BEARER Realm = "https://r/t" , error=invalid_token',
    [
      { scheme: 'negotiate', parameters: {} },
      { scheme: 'basic', parameters: { realm: 'plain' } },
      { scheme: 'bearer', parameters: { realm: 'https://r/t', error: 'invalid_token' } },
    ],
  ],
  ['Bearer realm="first",realm="second"', [{ scheme: 'bearer', parameters: { realm: 'first' } }]],
  ['', []],
  ['"', []],
])('%s', (header, expected) => {
  expect(parseChallenges(header)).toEqual(expected);
});
