import { describe, expect, test } from '@jest/globals';
import { saveForbidden, saveUnwanted } from './save-decision.ts';
import type { SaveFacts } from './save-request.ts';

const facts: SaveFacts = {
  repository: 'octo-org/app',
  ref: 'refs/heads/main',
  branch: 'main',
  sha: undefined,
  commitMessage: undefined,
  runId: undefined,
  actor: undefined,
  eventName: 'push',
  triggeringRepository: undefined,
  cacheMode: 'write',
};

describe('saveForbidden', () => {
  test.each([
    ['no ref', facts, [], { result: 'skipped', reason: 'no-ref' }],
    ['cache-mode read', { ...facts, cacheMode: 'read' as const }, ['s'], { result: 'skipped', reason: 'mode' }],
    ['cache-mode none', { ...facts, cacheMode: 'none' as const }, ['s'], { result: 'skipped', reason: 'mode' }],
    ['a comment', { ...facts, eventName: 'issue_comment' }, ['s'], { result: 'refused', reason: 'untrusted-event' }],
  ])('%s', (_, run, scopes, no) => {
    expect(saveForbidden(run, scopes)).toMatchObject(no);
  });

  test('a push may save, also where it may not restore', () => {
    expect(saveForbidden(facts, ['s'])).toBeUndefined();
    expect(saveForbidden({ ...facts, cacheMode: 'write-only' }, ['s'])).toBeUndefined();
  });
});

describe('saveUnwanted', () => {
  const miss = {
    save: 'auto' as const,
    key: 'k',
    exactHit: false,
    overwrite: false,
    ref: 'refs/heads/topic',
    defaultRef: 'refs/heads/main',
  };
  test.each([
    ['auto after a miss saves', miss, undefined],
    ['auto after an exact hit does not', { ...miss, exactHit: true }, 'exact-hit'],
    ['nor does always', { ...miss, save: 'always' as const, exactHit: true }, 'exact-hit'],
    ['overwrite does', { ...miss, exactHit: true, overwrite: true }, undefined],
    ['never does not', { ...miss, save: 'never' as const }, 'save-never'],
    ['default-branch does not elsewhere', { ...miss, save: 'default-branch' as const }, 'other-branch'],
    ['default-branch does there', { ...miss, save: 'default-branch' as const, ref: miss.defaultRef }, undefined],
    [
      'default-branch does not where neither is known',
      { ...miss, save: 'default-branch' as const, ref: undefined, defaultRef: undefined },
      'other-branch',
    ],
  ])('%s', (_, run, reason) => {
    expect(saveUnwanted(run)?.reason).toBe(reason);
  });

  test('an exact hit is told in the words of actions/cache', () => {
    expect(saveUnwanted({ ...miss, exactHit: true })?.message).toBe(
      'Cache hit occurred on the primary key k, not saving cache.',
    );
  });
});
