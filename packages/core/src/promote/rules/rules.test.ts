import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Channel } from '../../config/index.ts';
import { digestOf } from '../../oci/index.ts';
import { ancestryRule, type Relation } from './ancestry-rule.ts';
import { commitOf, commitRule } from './commit-rule.ts';
import { evidenceRule } from './evidence.ts';
import { formatDuration, fromRule, soakRule } from './from-rule.ts';
import { requireRule } from './require-rule.ts';
import { allows } from './verdict.ts';

const DIGEST = digestOf(Buffer.from('an image'));
const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 0, 1);
const CHANNEL: Channel = {
  name: 'production',
  from: ['staging', 'canary'],
  require: 'integrity',
  soakMs: HOUR,
  image: 'ghcr.io/octo-org/app',
  tag: 'production',
  evidence: [],
};

function facts(hoursAgo: number, rolledBack = false) {
  const at = new Date(NOW - hoursAgo * HOUR).toISOString();
  return { first: { sequence: 1, at }, latest: { sequence: 3, at }, rolledBack };
}

describe('where a digest comes from', () => {
  test('it may enter if one of the channels ever had it', () => {
    const verdict = fromRule(CHANNEL, DIGEST, [
      { channel: 'staging', facts: undefined },
      { channel: 'canary', facts: facts(100) },
    ]);
    expect(verdict).toMatchObject({ verdict: 'passed', message: 'canary took it, as number 3' });
  });

  test('it may not where none had it', () => {
    const verdict = fromRule(CHANNEL, DIGEST, [{ channel: 'staging', facts: undefined }]);
    expect(verdict).toMatchObject({
      verdict: 'failed',
      code: 'not-in-source-channel',
      hint: 'Promote it to staging first.',
    });
  });

  test('nor where it was rolled back', () => {
    const verdict = fromRule(CHANNEL, DIGEST, [{ channel: 'staging', facts: facts(100, true) }]);
    expect(verdict).toMatchObject({ verdict: 'failed', code: 'rolled-back' });
  });

  test('a channel that takes from none takes anything', () => {
    expect(fromRule({ ...CHANNEL, from: [] }, DIGEST, []).verdict).toBe('none');
  });
});

describe('how long it has been there', () => {
  const soak = (hours: number, rolledBack = false) =>
    soakRule(CHANNEL, [{ channel: 'staging', facts: facts(hours, rolledBack) }], NOW);

  test('the time is over to the millisecond', () => {
    expect(soak(1)).toMatchObject({ verdict: 'passed', message: 'it has been in staging for 1 h' });
    expect(soak(0.9999)).toMatchObject({
      verdict: 'failed',
      code: 'soak-not-over',
      hint: 'Try again after 2026-01-01T00:00:00.360Z.',
    });
  });

  test('what was rolled back does not count', () => {
    expect(soak(5, true)).toMatchObject({ verdict: 'failed', code: 'soak-not-over' });
  });

  test('the channel where it has been longest counts', () => {
    const sources = [
      { channel: 'staging', facts: facts(0.1) },
      { channel: 'canary', facts: facts(2) },
    ];
    expect(soakRule(CHANNEL, sources, NOW).verdict).toBe('passed');
  });

  test('a time that cannot be read is no time', () => {
    const broken = { ...facts(5), latest: { sequence: 1, at: 'yesterday' } };
    expect(soakRule(CHANNEL, [{ channel: 'staging', facts: broken }], NOW).verdict).toBe('failed');
  });

  test('without a time to wait there is nothing to hold it to', () => {
    expect(soakRule({ ...CHANNEL, soakMs: 0 }, [], NOW).verdict).toBe('none');
    expect(soakRule({ ...CHANNEL, from: [] }, [], NOW).verdict).toBe('none');
  });

  test.each([
    [0, '0 s'],
    [999, '0 s'],
    [12_000, '12 s'],
    [HOUR + 300_000, '1 h 5 min'],
    [26 * HOUR, '1 d 2 h'],
    [24 * HOUR + 60_000, '1 d'],
  ])('%d ms is %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe('never backwards', () => {
  const commits = { current: 'a'.repeat(40), next: 'b'.repeat(40) };
  const judge = (relation: Relation | undefined, allow = false) => ancestryRule('production', commits, relation, allow);

  test.each([
    [undefined, 'none'],
    ['identical', 'passed'],
    ['ahead', 'passed'],
    ['behind', 'failed'],
    ['diverged', 'failed'],
    ['unknown', 'failed'],
  ] as const)('%s is %s', (relation, verdict) => {
    expect(judge(relation).verdict).toBe(verdict);
  });

  test('allow-diverged lets in what diverged or is unknown, and never what is behind', () => {
    expect(judge('diverged', true)).toMatchObject({ verdict: 'waived', code: 'commit-diverged' });
    expect(judge('unknown', true)).toMatchObject({ verdict: 'waived', code: 'commit-unknown' });
    expect(judge('behind', true)).toMatchObject({ verdict: 'failed', code: 'commit-behind' });
  });

  test.each([
    [{ current: commits.current, next: undefined }, 'neither a record nor the image names its commit'],
    [{ current: undefined, next: commits.next }, 'what production has names no commit'],
    [commits, 'the repository does not have both bbbbbbbbbbbb and aaaaaaaaaaaa'],
  ])('unknown says why: %j', (of, why) => {
    expect(ancestryRule('production', of, 'unknown', false).message).toContain(why);
  });
});

describe('the commit of an image', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((letter) => letter.repeat(40)) as [string, string, string];
  const none = { given: undefined, recorded: [], labelled: undefined };

  test.each([
    [none, undefined, 'none'],
    [{ ...none, labelled: a }, a, 'passed'],
    [{ ...none, recorded: [a] }, a, 'passed'],
    [{ ...none, recorded: [a], labelled: a }, a, 'passed'],
    [{ ...none, recorded: [a], labelled: b }, a, 'failed'],
    // The same bytes came of several commits: which one counts must be said.
    [{ ...none, recorded: [a, b] }, undefined, 'none'],
    [{ given: { commit: b, found: true }, recorded: [a, b], labelled: undefined }, b, 'passed'],
    // A build that was reused for another commit names the one it was made from.
    [{ given: { commit: c, found: true }, recorded: [a], labelled: a }, c, 'passed'],
    // Nor is a word for one of several records, or for the label, only a word.
    [{ given: { commit: b, found: false }, recorded: [a, b], labelled: undefined }, b, 'passed'],
    [{ given: { commit: a, found: false }, recorded: [], labelled: a }, a, 'passed'],
    [{ given: { commit: c, found: false }, recorded: [a], labelled: undefined }, a, 'failed'],
    [{ given: { commit: c, found: false }, recorded: [], labelled: a }, a, 'failed'],
    // What nobody but the caller says is no commit of the image.
    [{ given: { commit: c, found: false }, recorded: [], labelled: undefined }, undefined, 'none'],
  ])('%j', (claims, commit, verdict) => {
    expect(commitOf(claims)).toBe(commit);
    expect(commitRule(claims).verdict).toBe(verdict);
  });

  test('that only the caller names is told as such', () => {
    const verdict = commitRule({ ...none, given: { commit: c, found: false } });
    expect(verdict.message).toBe(`only you name the commit ${c}: neither a record nor the image does`);
  });

  test('a contradiction names all that was said', () => {
    const verdict = commitRule({ ...none, recorded: [a], labelled: b });
    expect(verdict).toMatchObject({
      code: 'commit-mismatch',
      message: `the commits do not agree: the record ${a}, the image ${b}`,
    });
  });
});

describe('what must be attached', () => {
  const types = ['application/spdx+json', 'https://slsa.dev/provenance/v1'];
  test('is all of it', () => {
    expect(evidenceRule([], []).verdict).toBe('none');
    expect(evidenceRule(types, [{ type: types[0] ?? '', digest: DIGEST }])).toMatchObject({
      verdict: 'failed',
      code: 'evidence-missing',
      message: 'nothing of the type https://slsa.dev/provenance/v1 is attached to it',
    });
    expect(
      evidenceRule(
        types,
        types.map((type) => ({ type, digest: DIGEST })),
      ).verdict,
    ).toBe('passed');
  });
});

test.each(['signed', 'provenance'] as const)(
  'a channel that asks for %s takes nothing, because nothing could show it',
  (require) => {
    expect(requireRule({ ...CHANNEL, require })).toMatchObject({ verdict: 'failed', code: 'require-unsupported' });
    expect(requireRule(CHANNEL).verdict).toBe('passed');
  },
);

test('what is waived is allowed, what failed is not, whatever else passed', () => {
  const verdict = fc.constantFrom('passed' as const, 'waived' as const, 'none' as const, 'failed' as const);
  fc.assert(
    fc.property(fc.array(verdict), (verdicts) => {
      const rules = verdicts.map((each) => ({ rule: 'from' as const, verdict: each, message: '' }));
      expect(allows(rules)).toBe(!verdicts.includes('failed'));
    }),
  );
});
