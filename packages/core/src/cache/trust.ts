import type { Guarantees } from '../content/index.ts';
import type { CacheMode, RunContext } from '../runner/index.ts';

/** What to do with an entry that nobody signed, in a release context. */
export type UnsignedPolicy = 'allow' | 'warn' | 'refuse';

/** A run whose result others trust: a release or a deployment, a tag, or one that may act in the repository's name elsewhere. */
export function isReleaseContext(run: Pick<RunContext, 'eventName' | 'ref' | 'mayRequestIdToken'>): boolean {
  return (
    run.eventName === 'release' ||
    run.eventName === 'deployment' ||
    run.ref?.startsWith('refs/tags/') === true ||
    run.mayRequestIdToken
  );
}

/**
 * Why this run may not save, or undefined. People without write access start these events, and they run in the default
 * branch's scope: what they save, releases would restore (S2-U5).
 */
export function untrustedEvent(
  run: Pick<RunContext, 'eventName' | 'repository' | 'triggeringRepository'>,
): string | undefined {
  const { eventName } = run;
  if (eventName === 'pull_request_target' || eventName === 'issue_comment') return eventName;
  return eventName === 'workflow_run' && isFork(run) ? 'workflow_run of a fork' : undefined;
}

/** Unless the payload says that the triggering run was this repository's own, it may have been anybody's. */
function isFork(run: Pick<RunContext, 'repository' | 'triggeringRepository'>): boolean {
  return run.triggeringRepository === undefined || run.triggeringRepository !== run.repository;
}

/** What to do with an unsigned entry here. `allow` where the platform keeps jobs out of scopes that are not theirs. */
export function unsignedVerdict(
  guarantees: Guarantees,
  facts: { readonly releaseContext: boolean; readonly policy: UnsignedPolicy },
): UnsignedPolicy {
  return facts.releaseContext && guarantees.scope === 'none' ? facts.policy : 'allow';
}

export function mayRead(mode: CacheMode): boolean {
  return mode === 'read' || mode === 'write';
}

export function mayWrite(mode: CacheMode): boolean {
  return mode === 'write' || mode === 'write-only';
}
