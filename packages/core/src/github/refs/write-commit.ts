import { type CommitChange, type CommitId, checkTreePath, type IoOptions } from '../../content/index.ts';
import { WaybillError } from '../../errors/index.ts';
import { fieldsOf, listOf, shaOf } from '../fields.ts';
import type { GitHub } from '../github.ts';
import { WRITE_OBJECT } from '../write-object.ts';
import type { CommitReader } from './commit-reader.ts';

const WHO = { name: 'waybill', email: 'waybill@noreply.invalid' };

/** A commit on its parent, or alone: one request for the tree, one for the commit, one for each file that is no plain text. */
export async function writeCommit(
  github: GitHub,
  commits: CommitReader,
  { parent, files, message }: CommitChange,
  options?: IoOptions,
): Promise<CommitId> {
  const base = parent === undefined ? undefined : (await commits.facts(parent, options)).tree;
  const entries: object[] = [];
  for (const [path, bytes] of Object.entries(files)) {
    entries.push({
      path: checkTreePath(path),
      mode: '100644',
      type: 'blob',
      ...(await contentOf(github, bytes, options)),
    });
  }
  const tree = await makeTree(github, entries, base, options);
  const parents = parent === undefined ? [] : [parent];
  const commit = await makeCommit(github, { tree, parents, message, time: github.clock.now() }, options);
  commits.made(commit, { tree, parents });
  return commit;
}

export async function makeTree(
  github: GitHub,
  entries: readonly object[],
  base: string | undefined,
  options?: IoOptions,
): Promise<string> {
  const parameters = { tree: entries, ...(base === undefined ? {} : { base_tree: base }) };
  return made(await github.rest('POST /git/trees', parameters, parseSha, { ...WRITE_OBJECT, ...options }));
}

/** @param time milliseconds since the epoch */
export async function makeCommit(
  github: GitHub,
  commit: {
    readonly tree: string;
    readonly parents: readonly CommitId[];
    readonly message: string;
    readonly time: number;
  },
  options?: IoOptions,
): Promise<CommitId> {
  const { tree, parents, message, time } = commit;
  const who = { ...WHO, date: `${new Date(time).toISOString().slice(0, 19)}Z` };
  const parameters = { message, tree, parents, author: who, committer: who };
  const parse = (json: unknown) => {
    const fields = fieldsOf(json);
    const isAsked =
      shaOf(fieldsOf(fields['tree'], 'its tree'), 'sha') === tree &&
      listOf(fields['parents'], 'its list of parents').every((each, i) => shaOf(fieldsOf(each), 'sha') === parents[i]);
    return { sha: shaOf(fields, 'sha'), isAsked };
  };
  const { value } = await github.rest('POST /git/commits', parameters, parse, { ...WRITE_OBJECT, ...options });
  if (value?.isAsked === true) return value.sha;
  throw new WaybillError('GITHUB_UNREADABLE', 'GitHub made another commit than it was asked for', {
    kind: 'integrity',
  });
}

/** Text goes with the tree; JSON cannot carry other bytes. */
async function contentOf(github: GitHub, bytes: Uint8Array, options?: IoOptions): Promise<object> {
  const text = plainText(bytes);
  if (text !== undefined) return { content: text };
  const parameters = { content: Buffer.from(bytes).toString('base64'), encoding: 'base64' };
  return { sha: made(await github.rest('POST /git/blobs', parameters, parseSha, { ...WRITE_OBJECT, ...options })) };
}

function plainText(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes).toString('utf8');
  const isWhole = text !== '' && Buffer.from(text, 'utf8').equals(bytes);
  return isWhole && !/[^\P{Cc}\t\n\r]|\ufeff/u.test(text) ? text : undefined;
}

function parseSha(json: unknown): string {
  return shaOf(fieldsOf(json), 'sha');
}

function made({ value }: { readonly value: string | undefined }): string {
  if (value !== undefined) return value;
  throw new WaybillError('GITHUB_UNREADABLE', 'GitHub made nothing, and said that it had', { kind: 'remote' });
}
