import { backoffDelay } from '../../async/index.ts';
import { errorCode, WaybillError } from '../../errors/index.ts';
import type { LogOptions } from '../../intoto/index.ts';
import { countOf, fieldsOf, flagOf, isFields } from '../fields.ts';
import type { Call, GitHub } from '../github.ts';
import { GitHubError, isInDoubt } from '../github-error.ts';
import { makeCommit, makeTree } from '../refs/write-commit.ts';
import { READ } from './find-parts.ts';
import { type PartName, tagOf } from './parts.ts';

/** A release as it stands. */
export interface MadeRelease {
  readonly id: number;
  readonly draft: boolean;
  /** Nothing can be added to it any more. */
  readonly immutable: boolean;
}

const WRITE: Call = { needs: 'contents: write' };
const ATTEMPTS = 8;
const BACKOFF = { baseMs: 500, capMs: 10_000 };

/** The commit that tags of records stand on is always the same: it says what they are, and has no parent. */
const ROOT_MESSAGE =
  'Records of Waybill\n\nReleases on this commit hold statements about artifacts. It belongs to no branch.\n';
const ROOT_README =
  '# Records of Waybill\n\nThe assets of the releases whose tags start with `waybill/` are in-toto statements about artifacts: what was built, from\nwhat, and where it was promoted to. They are not versions of this project.\n';
const ROOT_TIME = Date.UTC(2026, 0, 1);

/** Makes the commit: so `git describe`, which looks at the ancestors of a commit, never sees a tag of records. */
export async function rootCommit(github: GitHub, options?: LogOptions): Promise<string> {
  const entry = { path: 'README.md', mode: '100644', type: 'blob', content: ROOT_README };
  const tree = await makeTree(github, [entry], undefined, options);
  return makeCommit(github, { tree, parents: [], message: ROOT_MESSAGE, time: ROOT_TIME }, options);
}

/** Makes the release of a part, published, and its tag. Where it stands already, that one comes back. */
export async function publishPart(github: GitHub, name: PartName, options?: LogOptions): Promise<MadeRelease> {
  const tag = tagOf(name);
  const commit = await rootCommit(github, options);
  await makeTag(github, tag, commit, options);
  return untilKnown(github, tag, () => createRelease(github, name, { commit, draft: false }, options), options);
}

/** Makes a draft of it; its tag comes when it is published. Of two who do so at once there are two, and both count. */
export async function draftPart(github: GitHub, name: PartName, options?: LogOptions): Promise<MadeRelease> {
  const commit = await rootCommit(github, options);
  return createRelease(github, name, { commit, draft: true }, options);
}

/** Publishes a draft under this name. `taken`: another release has the tag. */
export async function publishDraft(
  github: GitHub,
  id: number,
  name: PartName,
  options?: LogOptions,
): Promise<'published' | 'taken'> {
  const parameters = { id, ...appearance(name), draft: false };
  // Done twice it is done once.
  const call = { ...WRITE, ...options, repeatable: true };
  try {
    await github.rest('PATCH /releases/{id}', parameters, parseRelease, call);
    return 'published';
  } catch (error) {
    if (isTaken(error)) return 'taken';
    throw refusal(error, tagOf(name));
  }
}

async function createRelease(
  github: GitHub,
  name: PartName,
  { commit, draft }: { readonly commit: string; readonly draft: boolean },
  options?: LogOptions,
): Promise<MadeRelease> {
  const parameters = { ...appearance(name), target_commitish: commit, draft };
  const { value } = await github.rest('POST /releases', parameters, parseRelease, { ...WRITE, ...options });
  if (value !== undefined) return value;
  throw new WaybillError('GITHUB_UNREADABLE', 'GitHub made no release, and said that it had', { kind: 'remote' });
}

/** What people see of it: never the latest, and marked as no version. */
function appearance(name: PartName) {
  const part = name.part === 1 ? '' : `, part ${name.part}`;
  return {
    tag_name: tagOf(name),
    name: `Waybill: ${name.predicate} ${name.month}${part}`,
    body: `Statements about artifacts (${name.predicate}) of ${name.month}, as in-toto files. Not a version of this project.`,
    prerelease: true,
    make_latest: 'false',
  };
}

/** Does it until it is known to be done: an answer may be lost, and a read may be older than the write. */
async function untilKnown(
  github: GitHub,
  tag: string,
  create: () => Promise<MadeRelease>,
  options?: LogOptions,
): Promise<MadeRelease> {
  const { clock } = github;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await create();
    } catch (error) {
      options?.signal?.throwIfAborted();
      if (!isInDoubt(error) && !isTaken(error) && errorCode(error) !== 'GITHUB_UNREADABLE') throw refusal(error, tag);
      const standing = await releaseOf(github, tag, options);
      if (standing !== undefined) return standing;
      if (attempt === ATTEMPTS) throw error;
    }
    await clock.sleep(backoffDelay(BACKOFF, attempt, clock.random), options?.signal);
  }
}

/** The published release of a tag. */
export async function releaseOf(github: GitHub, tag: string, options?: LogOptions): Promise<MadeRelease | undefined> {
  const call = { ...READ, ...options, answers: [404] };
  return (await github.rest('GET /releases/tags/{+tag}', { tag }, parseRelease, call)).value;
}

/** Whether the newest release of the project is sealed: so the next ones will be. */
export async function sealsReleases(github: GitHub, options?: LogOptions): Promise<boolean> {
  const call = { ...READ, ...options, answers: [404] };
  return (await github.rest('GET /releases/latest', {}, parseRelease, call)).value?.immutable === true;
}

export async function isSealed(github: GitHub, id: number, options?: LogOptions): Promise<boolean> {
  const { value } = await github.rest('GET /releases/{id}', { id }, parseRelease, { ...READ, ...options });
  return value?.immutable === true;
}

async function makeTag(github: GitHub, tag: string, sha: string, options?: LogOptions): Promise<void> {
  // Done twice it is there already, which is as good.
  const call = { ...WRITE, ...options, repeatable: true };
  try {
    await github.rest('POST /git/refs', { ref: `refs/tags/${tag}`, sha }, (json) => fieldsOf(json), call);
  } catch (error) {
    if (!(error instanceof GitHubError && /already exists/i.test(error.said))) throw refusal(error, tag);
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof GitHubError && error.code === 'GITHUB_REFUSED' && /already_exists/.test(error.said);
}

/** What a refusal of a tag or a release means for records. */
export function refusal(error: unknown, tag: string): unknown {
  if (!(error instanceof GitHubError) || error.code !== 'GITHUB_REFUSED') return error;
  const isRule = /rule violations|pre_receive|protected/i.test(error.said);
  return new WaybillError(
    'RECORDS_REFUSED',
    `GitHub does not take the release ${tag}: ${error.said.replace(/\s+/g, ' ').slice(0, 300)}`,
    {
      kind: 'user',
      hint: isRule
        ? 'A ruleset keeps tags from being created: exclude `refs/tags/waybill/**` from it, or add the app that runs the workflow to its bypass list.'
        : 'Records need releases whose tags start with `waybill/`: allow them.',
      cause: error,
    },
  );
}

function parseRelease(json: unknown): MadeRelease {
  const fields = fieldsOf(json);
  return {
    id: countOf(fields, 'id'),
    draft: flagOf(fields, 'draft'),
    immutable: isFields(json) && json['immutable'] === true,
  };
}
