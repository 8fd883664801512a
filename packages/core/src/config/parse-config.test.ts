import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { WaybillError } from '../errors/index.ts';
import { parseConfig } from './parse-config.ts';

const FILE = '.github/waybill.yml';

/** What the parser says is wrong, line by line, without the file's name. */
function problems(text: string | Uint8Array): string[] {
  try {
    parseConfig(text, FILE);
    return [];
  } catch (error) {
    if (!(error instanceof WaybillError) || error.code !== 'CONFIG_INVALID' || error.kind !== 'user') throw error;
    return error.message
      .split('\n')
      .filter((line) => line.startsWith(FILE) || line.startsWith('and '))
      .map((line) => line.replace(`${FILE}:`, ''));
  }
}

const FULL = `
version: 1
images:
  ghcr.io/octo-org/app:
    channels:
      dev:        { from: [] }
      staging:    { from: [dev], require: signed, soak: 1h }
      production: { from: [staging], require: provenance, tag: stable, evidence: [application/vnd.cyclonedx+json] }
    adopt: any
  ghcr.io/octo-org/*: {}
cache:
  store: oci://ghcr.io/octo-org/app-waybill?names=actions
  unsigned: refuse
  retention: { days: 90, delete-days: 365, max-size: 50GiB }
trust:
  signers:
    - kind: [snapshot, provenance]
      repository: octo-org/app
      workflow: .github/workflows/build.yml
      refs: [refs/heads/main]
      events: [push, workflow_dispatch]
      runner: github-hosted
  keys:
    - { spki: 'sha256:${'a'.repeat(64)}', from: 2026-01-01, until: 2027-01-01, kinds: [promotion] }
  max-age: 90d
  revoked: [{ digest: 'sha256:${'b'.repeat(64)}', why: 'CVE-2026-0001' }]
alarms:
  hit-rate-below: 60%
  size-above: 100GiB
  average-age-above: 7d
`;

describe('a configuration', () => {
  test('is read with everything in it', () => {
    const none = { require: 'integrity', soakMs: 0, evidence: [] };
    expect(parseConfig(FULL, FILE)).toEqual({
      version: 1,
      file: FILE,
      images: [
        {
          pattern: 'ghcr.io/octo-org/app',
          channels: {
            dev: { ...none, from: [] },
            staging: { ...none, from: ['dev'], require: 'signed', soakMs: 3_600_000 },
            production: {
              ...none,
              from: ['staging'],
              require: 'provenance',
              tag: 'stable',
              evidence: ['application/vnd.cyclonedx+json'],
            },
          },
          adopt: 'any',
        },
        { pattern: 'ghcr.io/octo-org/*', channels: undefined, adopt: 'same-ref' },
      ],
      cache: {
        store: ['oci://ghcr.io/octo-org/app-waybill?names=actions'],
        unsigned: 'refuse',
        retention: { days: 90, deleteDays: 365, maxBytes: 50 * 1024 ** 3 },
      },
      trust: {
        signers: [
          {
            kind: ['snapshot', 'provenance'],
            repository: 'octo-org/app',
            workflow: '.github/workflows/build.yml',
            refs: ['refs/heads/main'],
            events: ['push', 'workflow_dispatch'],
            runner: 'github-hosted',
          },
        ],
        keys: [{ spki: `sha256:${'a'.repeat(64)}`, from: '2026-01-01', until: '2027-01-01', kinds: ['promotion'] }],
        maxAgeMs: 90 * 86_400_000,
        revoked: [{ digest: `sha256:${'b'.repeat(64)}`, why: 'CVE-2026-0001' }],
      },
      alarms: { hitRateBelow: 0.6, bytesAbove: 100 * 1024 ** 3, averageAgeMsAbove: 7 * 86_400_000 },
    });
  });

  test('may say no more than its version', () => {
    expect(parseConfig('version: 1\n', FILE)).toEqual({
      version: 1,
      file: FILE,
      images: [],
      cache: undefined,
      trust: undefined,
      alarms: undefined,
    });
  });

  test.each([
    ['', ['1:1 the file: expected a map']],
    ['- 1\n', ['1:1 the file: expected a map']],
    ['images: {}\n', ['1:1 the field "version" is missing']],
    ['version: 2\n', ['1:10 version: expected 1']],
    ['version: 1\nimagez: {}\n', ['2:1 unknown field "imagez", did you mean "images"?']],
    ['version: 1\nfoo: 1\n', ['2:1 unknown field "foo", known are version, images, cache, trust, alarms']],
    ['version: 1\nversion: 1\n', ['2:1 this field stands there twice']],
    [
      'version: 1\nimages:\n  Ghcr.io/App: {}\n',
      [
        '3:3 "Ghcr.io/App" in images is not a name that is taken here: expected an image without tag and digest, in lower case, as ghcr.io/octo-org/app; "*" stands for all but "/", "**" for all',
      ],
    ],
    [
      'version: 1\nimages:\n  a.b/c:\n    channels:\n      dev: { from: [], soak: 1 hour }\n',
      ['5:30 images.a.b/c.channels.dev.soak: expected a duration such as 90s, 5m, 1h, 7d, 2w'],
    ],
    [
      'version: 1\nimages:\n  a.b/c:\n    channels:\n      dev: {}\n',
      ['5:12 the field "from" is missing in images.a.b/c.channels.dev'],
    ],
    [
      'version: 1\nimages:\n  a.b/c:\n    channels:\n      dev: { from: staging }\n',
      ['5:20 images.a.b/c.channels.dev.from: expected a list of channels of the same image; [] takes anything'],
    ],
    [
      'version: 1\nimages:\n  a.b/c:\n    channels:\n      dev: { from: [], require: gpg }\n',
      ['5:33 images.a.b/c.channels.dev.require: expected one of "integrity", "signed", "provenance"'],
    ],
    ['version: 1\ncache:\n  retention:\n    days: 0\n', ['4:11 cache.retention.days: expected a whole number from 1']],
    ['version: 1\nalarms: { hit-rate-below: 101% }\n', ['2:27 alarms.hit-rate-below: expected a share such as 60%']],
    [
      'version: 1\ntrust:\n  revoked: [{ digest: sha256:abc }]\n',
      ['3:23 trust.revoked.0.digest: expected a digest: "sha256:" and 64 lower-case hex characters'],
    ],
    [
      'version: 1\ntrust: { keys: [{ spki: x }] }\n',
      [
        '2:17 the field "kinds" is missing in trust.keys.0',
        '2:25 trust.keys.0.spki: expected a digest: "sha256:" and 64 lower-case hex characters',
      ],
    ],
    ['version: 1\na: [\n', ['3:1 Flow sequence in block collection must be sufficiently indented and end with a ]']],
    ['version: &v 1\n', ['1:13 anchors and aliases are not taken: write the value out']],
    ['version: 1\n---\nversion: 1\n', ['2:1 Source contains multiple documents; please use YAML.parseAllDocuments()']],
    ['version: !!js/function 1\n', ['1:10 Unresolved tag: tag:yaml.org,2002:js/function', '1:24 version: expected 1']],
    ['version: 1\n__proto__: {}\n', ['2:1 unknown field "__proto__", known are version, images, cache, trust, alarms']],
    ['version: 1\n? [a, b]\n: 1\n', ['2:3 With stringKeys, all keys must be strings']],
  ])('says what is wrong, and where, in %j', (text, expected) => {
    expect(problems(text)).toEqual(expected);
  });

  const withChannels = (...channels: string[]) =>
    `version: 1\nimages:\n  a.b/c:\n    channels:\n${channels.map((each) => `      ${each}\n`).join('')}`;

  test.each([
    [
      ['dev: { from: [] }', 'prod: { from: [dve] }'],
      ['6:22 there is no channel "dve" of this image, did you mean "dev"?'],
    ],
    [['dev: { from: [dev] }'], ['5:20 channels feed each other in a circle: dev → dev']],
    [
      ['a: { from: [c] }', 'b: { from: [a] }', 'c: { from: [b] }', 'd: { from: [c] }'],
      ['5:18 channels feed each other in a circle: a → b → c → a'],
    ],
    [
      ['dev: { from: [] }', 'prod: { from: [], tag: dev }'],
      ['6:13 the channel has the tag of channel "dev": each needs its own'],
    ],
    [
      ['dev: { from: [], soak: 1h }'],
      ['5:30 soak counts from the channel that a digest comes from, and `from` names none'],
    ],
  ])('refuses channels that cannot work together: %j', (channels, expected) => {
    expect(problems(withChannels(...channels))).toEqual(expected);
  });

  test('takes channels of one tag in two repositories', () => {
    expect(problems(withChannels('dev: { from: [] }', 'prod: { from: [dev], image: a.b/d, tag: dev }'))).toEqual([]);
  });

  test('refuses a channel with the tag of another image’s channel', () => {
    const text = [
      'version: 1',
      'images:',
      '  a.b/c: { channels: { dev: { from: [], tag: x } } }',
      '  a.b/d: { channels: { dev: { from: [], image: a.b/c, tag: x } } }',
    ].join('\n');
    expect(problems(text)).toEqual(['4:29 the channel has the tag of channel "dev" of a.b/c: each needs its own']);
  });

  test('says all that is wrong in one message, in the order of the lines', () => {
    const text = 'alarms: { size: 1 }\nversion: 2\nimages:\n  x: 1\ncache: { unsigned: no }\ncache: {}\n';
    expect(problems(text).map((line) => line.split(' ')[0])).toEqual(['1:11', '2:10', '4:3', '4:6', '6:1']);
  });

  test('refuses a file that is too large or not text before it is read', () => {
    expect(problems(`version: 1\n# ${'x'.repeat(300_000)}`)).toEqual(['1:1 the file has 300013 bytes, at most 262144']);
    expect(problems(Uint8Array.from([0xff, 0xfe]))).toEqual(['1:1 the file is not UTF-8']);
  });

  test.each([
    ['aliases of aliases', `a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nversion: 1\n`],
    ['lists in lists', `version: ${'['.repeat(100_000)}`],
    ['maps in maps', `version: ${'{a: '.repeat(50_000)}`],
    ...[500, 2000, 8000, 30_000].map((n) => [
      `${n} lists in lists, closed`,
      `version: ${'['.repeat(n)}${']'.repeat(n)}`,
    ]),
    ['lists in lists by indent', Array.from({ length: 700 }, (_, i) => `${' '.repeat(i)}-\n`).join('')],
    ['many wrong fields', Array.from({ length: 20_000 }, (_, i) => `f${i}: 1\n`).join('')],
    ['many equal fields', 'version: 1\n'.repeat(20_000)],
  ])('refuses %s, and comes back', (_, text) => {
    const found = problems(text);
    expect(found.length).toBeGreaterThan(0);
    expect(found.length).toBeLessThanOrEqual(51);
  });

  test('whatever the text, is read or refused', () => {
    const line = fc.constantFrom(
      'version: 1',
      'images:',
      '  a.b/*:',
      '    channels:',
      '      dev: {from: []}',
      '- x',
      '"',
      '&a *a',
      '? :',
      '\t',
      '{',
      '!!x y',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(line, { maxLength: 8 }).map((lines) => lines.join('\n')),
        ),
        (text) => {
          problems(text);
        },
      ),
    );
  });
});
