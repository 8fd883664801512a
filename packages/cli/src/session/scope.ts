import { cacheScopes, LOCAL_SCOPE } from '@waybill/core/cache';
import type { Options, Values } from '../command/index.ts';
import type { OpenedStore } from './open-store.ts';
import type { Session } from './session.ts';

/** Options that say in which scopes names are. */
export const SCOPE_OPTIONS = {
  ref: {
    type: 'list',
    value: 'REF',
    help: 'branch or refs/… whose entries are seen, the first is saved into; without one the scope `local`, on GitHub those of the run',
  },
  repository: {
    type: 'text',
    value: 'OWNER/REPO',
    help: "repository that the entries belong to; on GitHub the run's",
  },
} as const satisfies Options;

export type ScopeValues = Values<typeof SCOPE_OPTIONS>;

/** The scopes to look in, in order; the first is saved into. Empty where a run has no ref. */
export function scopesOf(
  { ref, repository }: ScopeValues,
  { context, onGithub }: Pick<Session, 'context' | 'onGithub'>,
  { chain }: Pick<OpenedStore, 'chain'>,
): readonly string[] {
  const owner = repository ?? context.repository;
  if (ref.length > 0) {
    const none = { repository: owner, baseRef: undefined, defaultRef: undefined };
    return [...new Set(ref.flatMap((each) => cacheScopes({ ...none, ref: fullRef(each) }, chain.share)))];
  }
  return onGithub ? cacheScopes({ ...context, repository: owner }, chain.share) : [LOCAL_SCOPE];
}

/** `main` as `refs/heads/main`. */
export function fullRef(ref: string): string {
  return ref.startsWith('refs/') ? ref : `refs/heads/${ref}`;
}

/** A scope for people: `octo-org/app main`, `local`. */
export function showScope(scope: string): string {
  const [owner = '', ref] = scope.split('\0');
  if (ref === undefined) return owner;
  return [owner, ref.replace(/^refs\/heads\//, '')].filter((part) => part !== '').join(' ');
}

/** A scope for programs; absent is unknown. */
export function scopeParts(scope: string): { readonly repository?: string; readonly ref?: string } {
  const [owner = '', ref] = scope.split('\0');
  if (ref === undefined) return {};
  return owner === '' ? { ref } : { repository: owner, ref };
}
