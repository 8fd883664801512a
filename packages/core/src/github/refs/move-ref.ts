import { backoffDelay } from '../../async/index.ts';
import type { CommitId, IoOptions } from '../../content/index.ts';
import { errorCode, WaybillError } from '../../errors/index.ts';
import { fieldsOf, shaOf, textOf } from '../fields.ts';
import type { Call, GitHub } from '../github.ts';
import { GitHubError, isInDoubt } from '../github-error.ts';
import { type CommitReader, READ } from './commit-reader.ts';
import { inPath, type RefForm, remoteName } from './ref-forms.ts';
import type { RefTips } from './ref-tips.ts';

export interface Move {
  readonly ref: string;
  readonly to: CommitId;
  readonly expected: CommitId | undefined;
  readonly form: RefForm;
}

export type MoveOutcome =
  | { readonly kind: 'moved' | 'lost' }
  /** GitHub takes no such ref, or not from us. */
  | { readonly kind: 'refused'; readonly reason: string };

export interface MoveDeps {
  readonly github: GitHub;
  readonly commits: CommitReader;
  readonly tips: RefTips;
}

const WRITE: Call = { needs: 'contents: write' };
const ATTEMPTS = 8;
const BACKOFF = { baseMs: 500, capMs: 8000 };

/**
 * Moves the ref in this form, in one step at GitHub: creates it, or moves it from where it is expected. A request whose
 * answer was lost may have moved it all the same, and a read may be older than a write: both are settled by asking again
 * until the ref is seen to have moved, or the step is done again and answered.
 */
export async function moveRef(deps: MoveDeps, move: Move, options?: IoOptions): Promise<MoveOutcome> {
  const { clock } = deps.github;
  let doubted = false;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await step(deps, move, options);
      return { kind: 'moved' };
    } catch (error) {
      options?.signal?.throwIfAborted();
      const kind = judge(error);
      if (kind === 'taken' && !doubted) return { kind: 'lost' };
      if (kind === 'doubt') doubted = true;
      else {
        const seen = await settle(deps, move, doubted, options);
        if (seen !== 'unmoved') return { kind: seen };
        if (kind === 'refused' && !doubted) return { kind: 'refused', reason: wordsOf(error) };
      }
      if (attempt === ATTEMPTS) throw error;
    }
    await clock.sleep(backoffDelay(BACKOFF, attempt, clock.random), options?.signal);
  }
}

/** GitHub's words for a ref that is not where it was expected. */
const TAKEN = /already exists|not a fast.?forward/i;

/** What a failed step means; errors that mean nothing here are thrown on. */
function judge(error: unknown): 'doubt' | 'taken' | 'refused' {
  // An answer that is not GitHub's own tells nothing.
  if (isInDoubt(error) || errorCode(error) === 'GITHUB_UNREADABLE') return 'doubt';
  if (errorCode(error) === 'GITHUB_REFUSED') return TAKEN.test(wordsOf(error)) ? 'taken' : 'refused';
  throw error;
}

function wordsOf(error: unknown): string {
  return error instanceof GitHubError ? error.said : '';
}

/**
 * Where a ref that did not move for us stands. Reads may be late, so that what was expected is looked at several times.
 * @param doubted it may have been us who moved it
 */
async function settle(
  { github, commits, tips }: MoveDeps,
  { ref, to, expected }: Move,
  doubted: boolean,
  options?: IoOptions,
): Promise<'moved' | 'lost' | 'unmoved'> {
  for (let look = 1; look <= ATTEMPTS; look += 1) {
    const now = await tips.tip(ref, options);
    if (now?.commit !== expected) {
      const { commit } = now ?? {};
      if (commit === undefined) return 'lost';
      if (!doubted) return 'lost';
      if (commit === to || (await commits.isBefore(to, commit, options))) return 'moved';
      // A tip that does not follow from the expected one is older than it, or the ref was moved by other means.
      if (expected === undefined || (await commits.isBefore(expected, commit, options))) return 'lost';
    }
    await github.clock.sleep(backoffDelay(BACKOFF, look, github.clock.random), options?.signal);
  }
  return 'unmoved';
}

async function step({ github, tips }: MoveDeps, { ref, to, expected, form }: Move, options?: IoOptions): Promise<void> {
  const name = remoteName(ref, form);
  if (expected === undefined) {
    const call = { ...WRITE, ...options };
    await github.rest('POST /git/refs', { ref: name, sha: to }, tipIn, call);
    return;
  }
  const update = { name, beforeOid: expected, afterOid: to, force: false };
  const query = 'mutation ($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }';
  const input = { repositoryId: await repositoryId(github, options), refUpdates: [update] };
  try {
    await github.graphql(query, { input }, (data) => fieldsOf(fieldsOf(data)['updateRefs']), { ...WRITE, ...options });
  } catch (error) {
    if (errorCode(error) !== 'GITHUB_REFUSED' || (await tips.tip(ref, options))?.commit !== expected) throw error;
    // Perhaps GraphQL does not take refs outside of branches and tags. Without `force` a ref moves to what follows from it
    // alone, and `to` follows from what was expected and, just now, seen.
    const parameters = { path: inPath(name), sha: to, force: false };
    await github.rest('PATCH /git/refs/{+path}', parameters, tipIn, { ...WRITE, ...options });
  }
}

/** Where GitHub says that the ref points now. */
const tipIn = (json: unknown) => shaOf(fieldsOf(fieldsOf(json)['object'], 'its object'), 'sha');

const ids = new WeakMap<GitHub, string>();

/** The node id of the repository, which GraphQL wants. */
async function repositoryId(github: GitHub, options?: IoOptions): Promise<string> {
  const known = ids.get(github);
  if (known !== undefined) return known;
  const query = 'query ($owner: String!, $repo: String!) { repository(owner: $owner, name: $repo) { id } }';
  const parse = (data: unknown) => textOf(fieldsOf(fieldsOf(data)['repository'], 'the repository'), 'id');
  const id = await github.graphql(query, {}, parse, { ...READ, ...options });
  ids.set(github, id);
  return id;
}

/** The error for a ref that GitHub takes in no form. */
export function refRefused(ref: string, reason: string): WaybillError {
  return new WaybillError(
    'LEDGER_DENIED',
    `GitHub does not take ${ref}: ${reason.replace(/\s+/g, ' ').slice(0, 300)}`,
    {
      kind: 'user',
      hint: 'The ledger needs refs below refs/waybill/ or, where none are taken, branches waybill/…: allow one of them in the rulesets of the repository, to the app that runs the workflow (bypass list).',
    },
  );
}

/** The error of a token that may not write, under the name that callers of a ledger know. */
export function ledgerDenied(error: unknown): unknown {
  if (!(error instanceof GitHubError) || !['GITHUB_DENIED', 'GITHUB_NOT_FOUND'].includes(error.code)) return error;
  return new WaybillError('LEDGER_DENIED', error.message, {
    kind: 'user',
    hint: error.hint ?? 'Needed: `permissions: contents: write` of the job.',
    cause: error,
  });
}
