import { expect, test } from '@jest/globals';
import { readBuildArgs, readBuildContexts, refuseSecretArgs, secretValues } from './build-args.ts';

test('an argument without a value has that of the variable, and the last of a name counts', () => {
  const args = readBuildArgs(['A=1', 'B', 'C', 'A=2=3', 'D='], { B: 'b' });
  expect([...args]).toEqual([
    ['A', '2=3'],
    ['B', 'b'],
    ['C', undefined],
    ['D', ''],
  ]);
});

test('named contexts', () => {
  expect([...readBuildContexts(['a=docker-image://b@sha256:c', '=x', 'y'])]).toEqual([
    ['a', 'docker-image://b@sha256:c'],
  ]);
});

test('S1-33: an argument that holds a secret of the step is refused by its name, and the value is not shown', () => {
  const secrets = secretValues(
    [
      { id: 'a', kind: 'value', value: 'hunter22\n' },
      { id: 'b', kind: 'env', name: 'TOKEN' },
      { id: 'c', kind: 'file', path: 'x' },
      { id: 'd', kind: 'value', value: 'abc' },
    ],
    ['the-job-token', ''],
    { TOKEN: 'from-the-environment' },
  );
  expect(secrets).toEqual(['hunter22', 'from-the-environment', 'the-job-token']);
  const refused = (args: Readonly<Record<string, string>>) => () =>
    refuseSecretArgs(new Map(Object.entries(args)), secrets);
  expect(refused({ OK: 'abc', EMPTY: '' })).not.toThrow();
  expect(refused({ URL: 'https://u:hunter22@host', T: 'the-job-token', OK: '1' })).toThrow(
    /^build-args: URL, T hold a secret/,
  );
  expect(refused({ E: 'from-the-environment' })).toThrow(
    expect.objectContaining({ code: 'SECRET_IN_BUILD_ARG', kind: 'user' }),
  );
  expect(refused({ E: 'from-the-environment' })).not.toThrow(/from-the-environment/);
});
