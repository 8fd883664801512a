import { quote } from './cache-log.ts';
import type { Reason, SaveResult } from './outcome.ts';
import type { SaveFacts } from './save-request.ts';
import { mayWrite, untrustedEvent } from './trust.ts';

/** When the `cache` action saves. `auto`: the job is green and the hit was not exact. `always`: also when it is red. */
export type SavePolicy = 'auto' | 'always' | 'never' | 'default-branch';

/** Why nothing is saved, and how to tell it. */
export interface NoSave {
  readonly result: Extract<SaveResult, 'refused' | 'skipped'>;
  readonly reason: Reason;
  readonly level: 'info' | 'notice' | 'warning';
  readonly message: string;
}

/** What a run may not do, whatever its inputs say; undefined where it may save. */
export function saveForbidden(facts: SaveFacts, scopes: readonly string[]): NoSave | undefined {
  if (scopes.length === 0) {
    const message = 'nothing is saved: this event belongs to no ref, so there is no scope to save into';
    return { result: 'skipped', reason: 'no-ref', level: 'warning', message };
  }
  if (!mayWrite(facts.cacheMode)) {
    const message = `nothing is saved: the job's cache-mode is ${facts.cacheMode}, and saving needs write`;
    return { result: 'skipped', reason: 'mode', level: 'notice', message };
  }
  const event = untrustedEvent(facts);
  if (event !== undefined) {
    const message =
      `nothing is saved: people without write access can start this run (${event}), ` +
      'and what it saves would be restored by the default branch. Save in a workflow on push or pull_request';
    return { result: 'refused', reason: 'untrusted-event', level: 'warning', message };
  }
  return undefined;
}

/** What the `save` input and the restore of this job decide; undefined where it is to be saved. */
export function saveUnwanted(facts: {
  readonly save: SavePolicy;
  readonly key: string;
  readonly exactHit: boolean;
  readonly overwrite: boolean;
  readonly ref: string | undefined;
  readonly defaultRef: string | undefined;
}): NoSave | undefined {
  const { save, key, ref, defaultRef } = facts;
  if (save === 'never') {
    return { result: 'skipped', reason: 'save-never', level: 'info', message: 'nothing is saved: save is never' };
  }
  if (save === 'default-branch' && (ref === undefined || ref !== defaultRef)) {
    const message = `nothing is saved: ${quote(ref ?? 'no ref')} is not the default branch (save: default-branch)`;
    return { result: 'skipped', reason: 'other-branch', level: 'info', message };
  }
  if (facts.exactHit && !facts.overwrite) {
    // The wording is that of actions/cache: people search their logs for it.
    const message = `Cache hit occurred on the primary key ${quote(key).slice(1, -1)}, not saving cache.`;
    return { result: 'skipped', reason: 'exact-hit', level: 'info', message };
  }
  return undefined;
}
