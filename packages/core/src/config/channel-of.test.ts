import { describe, expect, test } from '@jest/globals';
import { channelOf, channelsOf } from './channel-of.ts';
import { matchesImage } from './image-pattern.ts';
import { parseConfig } from './parse-config.ts';

const IMAGE = 'ghcr.io/octo-org/app';
const configOf = (images: string) => parseConfig(`version: 1\nimages:\n${images}`, 'waybill.yml');
const named = (image: string, ...patterns: string[]) =>
  channelsOf(
    configOf(patterns.map((pattern, i) => `  "${pattern}": { channels: { c${i}: { from: [] } } }\n`).join('')),
    image,
  ).map(({ name }) => name);

describe('a channel', () => {
  test('S0-36: without a file is one of dev, staging, production, each fed by the one before', () => {
    const none = { require: 'integrity', soakMs: 0, image: IMAGE, evidence: [] };
    expect(channelsOf(undefined, IMAGE)).toEqual([
      { ...none, name: 'dev', from: [], tag: 'dev' },
      { ...none, name: 'staging', from: ['dev'], tag: 'staging' },
      { ...none, name: 'production', from: ['staging'], tag: 'production' },
    ]);
    expect(channelOf(undefined, IMAGE, 'qa')).toBeUndefined();
  });

  test('of an image that the file does not name, or names without channels, is built in as well', () => {
    expect(named('ghcr.io/other/app', IMAGE)).toEqual(['dev', 'staging', 'production']);
    expect(channelsOf(configOf(`  ${IMAGE}: { adopt: any }\n`), IMAGE)).toHaveLength(3);
  });

  test('has the image and the tag that the file gives it', () => {
    const config = configOf(
      `  ${IMAGE}: { channels: { prod: { from: [], image: ghcr.io/octo-org/live, tag: stable } } }\n`,
    );
    expect(channelOf(config, IMAGE, 'prod')).toMatchObject({ image: 'ghcr.io/octo-org/live', tag: 'stable' });
    expect(channelOf(config, IMAGE, 'dev')).toBeUndefined();
  });

  test.each([
    [[IMAGE, 'ghcr.io/octo-org/*'], ['c0']],
    [['ghcr.io/octo-org/*', IMAGE], ['c1']],
    [['ghcr.io/**', 'ghcr.io/octo-org/*', '**/app'], ['c1']],
    [['ghcr.io/octo-org/**', 'ghcr.io/octo-org/*'], ['c1']],
    [['ghcr.io/octo-org/a*', 'ghcr.io/octo-org/ap*'], ['c1']],
    [['ghcr.io/*'], ['dev', 'staging', 'production']],
  ])('is that of the pattern which says most, of %j', (patterns, expected) => {
    expect(named(IMAGE, ...patterns)).toEqual(expected);
  });

  test('of two patterns that say as much is an error', () => {
    expect(() => named('ghcr.io/a/b', 'ghcr.io/a/*', 'ghcr.io/*/b')).toThrow(
      expect.objectContaining({ code: 'CONFIG_AMBIGUOUS', kind: 'user' }),
    );
    expect(named('ghcr.io/a/c', 'ghcr.io/a/*', 'ghcr.io/*/b')).toEqual(['c0']);
  });
});

describe('a pattern', () => {
  test.each([
    ['a.b/c', 'a.b/c', true],
    ['a.b/c', 'axb/c', false],
    ['a.b/c', 'a.b/cd', false],
    ['a.b/*', 'a.b/', true],
    ['a.b/*', 'a.b/c/d', false],
    ['a.b/**', 'a.b/c/d', true],
    ['*/app', 'a.b/app', true],
    ['**/app', 'a.b/c/app', true],
    ['a.b/*-x/*', 'a.b/c-x-x/d', true],
    ['a.b/***', 'a.b/c/d', true],
    ['localhost:5000/*', 'localhost:5000/app', true],
  ])('%s takes %s: %s', (pattern, image, expected) => {
    expect(matchesImage(pattern, image)).toBe(expected);
  });

  test('of many wildcards is matched as well', () => {
    expect(matchesImage(`a.b/${'*a'.repeat(40)}*b`, `a.b/${'a'.repeat(200)}`)).toBe(false);
  });
});
