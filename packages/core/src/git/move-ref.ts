import { backoffDelay, type RetryClock } from '../async/index.ts';
import type { CommitId, IoOptions } from '../content/index.ts';
import { WaybillError } from '../errors/index.ts';
import type { Git } from './create-git.ts';
import type { RemoteTip } from './fetch-tips.ts';
import { showRemote } from './git-remote.ts';
import { type PushOutcome, pushRef } from './push-ref.ts';
import { type RefForm, remoteName } from './ref-forms.ts';

export interface Move {
  readonly ref: string;
  readonly to: CommitId;
  readonly expected: CommitId | undefined;
  readonly form: RefForm;
}

export interface MoveDeps {
  readonly git: Git;
  readonly clock: RetryClock;
  /** Where the ref stands at the remote now, in whichever form. */
  readonly tip: (ref: string, options?: IoOptions) => Promise<RemoteTip | undefined>;
  /** Whether `commit` is `tip` or one of the few commits below it. */
  readonly isBelow: (commit: CommitId, tip: CommitId, options?: IoOptions) => Promise<boolean>;
}

export type MoveOutcome = { readonly kind: 'moved' | 'lost' } | { readonly kind: 'refused'; readonly reason: string };

const ATTEMPTS = 6;
const BACKOFF = { baseMs: 200, capMs: 5000 };

/**
 * Moves the ref in this form. A push that breaks off may have moved it all the same: the remote is asked, and the push done
 * again only while the ref stands where it was expected.
 */
export async function moveRef(deps: MoveDeps, move: Move, options?: IoOptions): Promise<MoveOutcome> {
  const { ref, to, expected, form } = move;
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await pushRef(deps.git, { name: remoteName(ref, form), to, expected }, options);
    // Of a push that broke off before nobody knows when it came in: whoever was first may have been that one.
    const isDoubted = outcome.kind === 'lost' && attempt > 1;
    if (outcome.kind !== 'unknown' && !isDoubted) return outcome;
    if (outcome.kind === 'unknown' && outcome.error.kind === 'user') throw denied(outcome.error);
    const now = await deps.tip(ref, options);
    if (now !== undefined && (await deps.isBelow(to, now.commit, options))) return { kind: 'moved' };
    if (outcome.kind !== 'unknown' || now?.commit !== expected) return { kind: 'lost' };
    if (attempt === ATTEMPTS) throw outcome.error;
    await deps.clock.sleep(backoffDelay(BACKOFF, attempt, deps.clock.random), options?.signal);
  }
}

/** The error for a host that takes the ref in no form. */
export function refRefused(git: Git, ref: string, outcome: Extract<PushOutcome, { kind: 'refused' }>): WaybillError {
  return new WaybillError('LEDGER_DENIED', `${showRemote(git.remote)} does not take ${ref}: ${outcome.reason}`, {
    kind: 'user',
    hint: 'The ledger needs refs below refs/waybill/ or, where a host takes none, branches waybill/…: allow one of them, also in rulesets and hooks.',
  });
}

/** The same error under the name that callers of a ledger know. */
export function denied(error: WaybillError): WaybillError {
  return error.code === 'GIT_DENIED'
    ? new WaybillError('LEDGER_DENIED', error.message, {
        kind: 'user',
        hint: 'Give a token that may write the repository of the ledger (`permissions: contents: write`).',
        cause: error,
      })
    : error;
}
