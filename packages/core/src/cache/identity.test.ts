import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cacheScopes, cacheVersion, platformOf } from './identity.ts';

const run = {
  repository: 'octo-org/app',
  ref: 'refs/pull/7/merge',
  baseRef: 'refs/heads/next',
  defaultRef: 'refs/heads/main',
};

describe('cacheScopes', () => {
  test('a pull request sees itself, then its base, then the default branch', () => {
    expect(cacheScopes(run, 'repository')).toEqual([
      'octo-org/app\0refs/pull/7/merge',
      'octo-org/app\0refs/heads/next',
      'octo-org/app\0refs/heads/main',
    ]);
  });

  test('the default branch sees itself, once', () => {
    const facts = { ...run, ref: 'refs/heads/main', baseRef: undefined };
    expect(cacheScopes(facts, 'repository')).toEqual(['octo-org/app\0refs/heads/main']);
  });

  test('with share=all the repository drops out', () => {
    const facts = { ...run, baseRef: undefined, defaultRef: undefined };
    expect(cacheScopes(facts, 'all')).toEqual(['\0refs/pull/7/merge']);
  });

  test('without a ref there is none', () => {
    expect(cacheScopes({ ...run, ref: undefined }, 'repository')).toEqual([]);
  });
});

describe('cacheVersion', () => {
  test('tells processors and systems apart, unless the entry is for all', () => {
    const [arm, x64] = [platformOf('linux', 'arm64'), platformOf('linux', 'x64')];
    expect(cacheVersion(['a'], arm, false)).not.toBe(cacheVersion(['a'], x64, false));
    expect(cacheVersion(['a'], arm, true)).toBe(cacheVersion(['a'], x64, true));
    expect(cacheVersion(['a'], x64, false)).toMatch(/^[0-9a-f]{64}$/);
  });

  test('no two lists of patterns share a version, however they are split (S2-U7)', () => {
    const patterns = fc.array(fc.string({ unit: fc.constantFrom('a', '1', ':', ',', '|') }), { maxLength: 4 });
    fc.assert(
      fc.property(patterns, patterns, (left, right) => {
        const same = JSON.stringify(left) === JSON.stringify(right);
        expect(cacheVersion(left, 'p', false) === cacheVersion(right, 'p', false)).toBe(same);
      }),
    );
  });
});
