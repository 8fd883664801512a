import { type CommitId, commitUnknown, type HistoryEntry, type IoOptions, parseCommitId } from '../../content/index.ts';
import { countOf, fieldsOf, isFields, listOf, shaOf } from '../fields.ts';
import type { GitHub } from '../github.ts';
import { type CommitReader, READ } from './commit-reader.ts';
import { BLOB_FIELDS, bytesIn } from './read-blobs.ts';

const QUERY = `query ($owner: String!, $repo: String!, $commit: GitObjectID!, $path: String!) {
  repository(owner: $owner, name: $repo) {
    object(oid: $commit) {
      ... on Commit {
        history(first: 100) {
          nodes { oid parents(first: 1) { totalCount nodes { oid } } file(path: $path) { type oid object { ${BLOB_FIELDS} } } }
        }
      }
    }
  }
}`;

interface Step {
  readonly commit: CommitId;
  readonly parents: number;
  readonly first: CommitId | undefined;
  /** The blob's id; undefined where there is no such file. */
  readonly blob: string | undefined;
  readonly bytes: Uint8Array | undefined;
}

/**
 * The commit and its first parents, newest first, some hundred a request. GitHub lists all ancestors by their dates, and so
 * the walk follows the parents itself and asks again from where a list ends.
 */
export async function* walkHistory(
  github: GitHub,
  commits: CommitReader,
  from: { readonly commit: CommitId; readonly path: string },
  options?: IoOptions,
): AsyncIterable<HistoryEntry> {
  let at: CommitId | undefined = parseCommitId(from.commit);
  while (at !== undefined) {
    const start: CommitId = at;
    const call = { ...READ, ...options };
    const steps = await github.graphql(QUERY, { commit: start, path: from.path }, parseSteps, call);
    const first = steps.get(start);
    if (first === undefined) throw commitUnknown(start);
    for (let step: Step | undefined = first; step !== undefined; step = at === undefined ? undefined : steps.get(at)) {
      options?.signal?.throwIfAborted();
      const file = step.blob === undefined ? undefined : (step.bytes ?? (await commits.blob(step.blob, options)));
      yield { commit: step.commit, parents: step.parents, file };
      at = step.first;
    }
  }
}

function parseSteps(data: unknown): ReadonlyMap<CommitId, Step> {
  const object = fieldsOf(fieldsOf(data)['repository'], 'the repository')['object'];
  if (!isFields(object) || object['history'] === undefined) return new Map();
  const nodes = listOf(fieldsOf(object['history'], 'its history')['nodes'], 'its history');
  return new Map(
    nodes.map((value) => {
      const step = parseStep(value);
      return [step.commit, step];
    }),
  );
}

function parseStep(value: unknown): Step {
  const fields = fieldsOf(value, 'a commit');
  const parents = fieldsOf(fields['parents'], 'its parents');
  const [first] = listOf(parents['nodes'], 'its parents');
  const file = fields['file'];
  const blob = isFields(file) && file['type'] === 'blob' ? shaOf(file, 'oid') : undefined;
  return {
    commit: shaOf(fields, 'oid'),
    parents: countOf(parents, 'totalCount'),
    first: first === undefined ? undefined : shaOf(fieldsOf(first, 'its parent'), 'oid'),
    blob,
    bytes: blob === undefined || !isFields(file) ? undefined : bytesIn(file['object'], blob),
  };
}
