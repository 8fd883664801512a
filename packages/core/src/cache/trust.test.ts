import { describe, expect, test } from '@jest/globals';
import { isReleaseContext, unsignedVerdict, untrustedEvent } from './trust.ts';

describe('isReleaseContext', () => {
  const quiet = { eventName: 'push', ref: 'refs/heads/main', mayRequestIdToken: false };
  test.each([
    ['a push to a branch', quiet, false],
    ['a release', { ...quiet, eventName: 'release' }, true],
    ['a deployment', { ...quiet, eventName: 'deployment' }, true],
    ['a tag', { ...quiet, ref: 'refs/tags/v1' }, true],
    ['a job that may ask for an OIDC token', { ...quiet, mayRequestIdToken: true }, true],
    ['no ref', { ...quiet, ref: undefined }, false],
  ])('%s', (_, run, release) => {
    expect(isReleaseContext(run)).toBe(release);
  });
});

describe('untrustedEvent', () => {
  const own = { repository: 'octo-org/app', triggeringRepository: undefined };
  test.each([
    ['pull_request_target', undefined, 'pull_request_target'],
    ['issue_comment', undefined, 'issue_comment'],
    ['workflow_run', 'fork/app', 'workflow_run of a fork'],
    ['workflow_run', undefined, 'workflow_run of a fork'],
    ['workflow_run', 'octo-org/app', undefined],
    ['pull_request', undefined, undefined],
    ['push', undefined, undefined],
    [undefined, undefined, undefined],
  ])('%s of %s: %s', (eventName, triggeringRepository, found) => {
    expect(untrustedEvent({ ...own, eventName, triggeringRepository })).toBe(found);
  });
});

describe('unsignedVerdict', () => {
  test.each([
    ['none', true, 'refuse', 'refuse'],
    ['none', true, 'warn', 'warn'],
    ['none', false, 'refuse', 'allow'],
    ['enforced', true, 'refuse', 'allow'],
  ] as const)('scope %s, release %s, policy %s: %s', (scope, releaseContext, policy, verdict) => {
    expect(unsignedVerdict({ scope, write: 'atomic' }, { releaseContext, policy })).toBe(verdict);
  });
});
