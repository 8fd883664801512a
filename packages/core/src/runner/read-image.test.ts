import { describe, expect, test } from '@jest/globals';
import { createFakeRunner } from '@waybill/testing/runner';
import { InputReader, readImage } from './index.ts';

const NAMES = { reference: 'reference', image: 'image', digest: 'digest', commit: 'commit' };
const HEX = '0123456789abcdef'.repeat(4);
const DIGEST = `sha256:${HEX}`;
const COMMIT = 'a'.repeat(40);
const PLACE = { host: 'ghcr.io', repository: 'octo-org/app' };

function read(inputs: Record<string, string>, allowTag = false) {
  const reader = new InputReader(createFakeRunner({ inputs }));
  const image = readImage(reader, NAMES, { allowTag });
  reader.finish();
  return image;
}

describe('an image is named', () => {
  test.each([
    [{ reference: `ghcr.io/octo-org/app@${DIGEST}` }, { kind: 'digest', digest: DIGEST, commit: undefined }],
    [{ reference: `ghcr.io/octo-org/app:v1@${DIGEST}` }, { kind: 'digest', digest: DIGEST, commit: undefined }],
    [
      { image: 'ghcr.io/octo-org/app', digest: DIGEST },
      { kind: 'digest', digest: DIGEST, commit: undefined },
    ],
    [
      { image: 'ghcr.io/octo-org/app', digest: HEX.toUpperCase() },
      { kind: 'digest', digest: DIGEST, commit: undefined },
    ],
    [
      { image: 'ghcr.io/octo-org/app', commit: COMMIT },
      { kind: 'commit', commit: COMMIT },
    ],
    [
      { image: 'ghcr.io/octo-org/app', digest: DIGEST, commit: COMMIT.toUpperCase() },
      { kind: 'digest', digest: DIGEST, commit: COMMIT },
    ],
  ])('by %j', (inputs, expected) => {
    expect(read(inputs)).toEqual({ place: PLACE, ...expected });
  });

  test('by a tag only where tags are taken', () => {
    const inputs = { reference: 'ghcr.io/octo-org/app:latest' };
    expect(read(inputs, true)).toEqual({ place: PLACE, kind: 'tag', tag: 'latest' });
    expect(() => read(inputs)).toThrow('a tag may be moved at any time');
  });
});

describe('wrong is', () => {
  test.each([
    [{}, 'reference: is empty; accepted: `reference`, or `image` with `digest`, or `image` with `commit`'],
    [{ digest: DIGEST }, 'image: is empty'],
    [{ image: 'ghcr.io/octo-org/app' }, 'digest: is empty: nothing says which image it is'],
    [{ image: 'ghcr.io/octo-org/app:v1', digest: DIGEST }, 'image: got "ghcr.io/octo-org/app:v1": it has a tag'],
    [{ image: `ghcr.io/octo-org/app@${DIGEST}` }, 'it has a digest'],
    [{ image: 'ghcr.io/Octo-Org/app', digest: DIGEST }, 'a repository is in lower case: ghcr.io/octo-org/app'],
    [{ image: 'app', digest: DIGEST }, 'image: got "app"'],
    [{ image: 'ghcr.io/octo-org/app', digest: 'sha256:abc' }, 'digest: got "sha256:abc"'],
    [{ image: 'ghcr.io/octo-org/app', commit: 'abc1234' }, 'commit: got "abc1234"; accepted: a whole commit'],
    [{ reference: 'ghcr.io/octo-org/app' }, 'it names no digest'],
    [
      { reference: `ghcr.io/octo-org/app@${DIGEST}`, image: 'ghcr.io/octo-org/app' },
      'image: got "ghcr.io/octo-org/app": reference is given too',
    ],
    [{ reference: `ghcr.io/octo-org/app@${DIGEST}`, digest: DIGEST }, 'reference is given too'],
  ])('%j', (inputs, message) => {
    expect(() => read(inputs)).toThrow(message);
  });

  test('all that is wrong is told at once', () => {
    expect(() => read({ image: 'app', digest: 'x', commit: 'y' })).toThrow(/2 inputs of this step are wrong/);
  });
});
