import {
  type CommitId,
  commitUnknown,
  type IoOptions,
  MAX_REF_FILE_BYTES,
  parseCommitId,
} from '../../content/index.ts';
import { fieldsOf, isFields, shaOf } from '../fields.ts';
import type { GitHub } from '../github.ts';
import { type CommitReader, READ, refFileTooLarge } from './commit-reader.ts';
import { BLOB_FIELDS, BLOBS_AT_ONCE, bytesIn } from './read-blobs.ts';

/** The same file of many commits, in their order, some {@link BLOBS_AT_ONCE} a request. Each is what its id says. */
export async function readFiles(
  github: GitHub,
  commits: CommitReader,
  { of, path }: { readonly of: readonly CommitId[]; readonly path: string },
  options?: IoOptions,
): Promise<readonly (Uint8Array | undefined)[]> {
  const ids = of.map(parseCommitId);
  const files: (Uint8Array | undefined)[] = [];
  for (let start = 0; start < ids.length; start += BLOBS_AT_ONCE) {
    const some = ids.slice(start, start + BLOBS_AT_ONCE);
    const file = `... on Commit { file(path: $path) { type oid object { ${BLOB_FIELDS} } } }`;
    const fields = some.map((id, i) => `c${i}: object(oid: "${id}") { __typename ${file} }`);
    const query = `query ($owner: String!, $repo: String!, $path: String!) { repository(owner: $owner, name: $repo) { ${fields.join(' ')} } }`;
    const parse = (data: unknown) => fieldsOf(fieldsOf(data)['repository'], 'the repository');
    const found = await github.graphql(query, { path }, parse, { ...READ, ...options });
    for (const [i, id] of some.entries()) files.push(await fileIn(found[`c${i}`], id, path));
  }
  return files;

  async function fileIn(object: unknown, commit: CommitId, name: string): Promise<Uint8Array | undefined> {
    if (!isFields(object) || object['__typename'] !== 'Commit') throw commitUnknown(commit);
    commits.exists(commit);
    const entry = object['file'];
    if (!isFields(entry) || entry['type'] !== 'blob') return undefined;
    const content = entry['object'];
    const size = isFields(content) ? content['byteSize'] : undefined;
    if (typeof size === 'number' && size > MAX_REF_FILE_BYTES) throw refFileTooLarge(commit, name, size);
    const blob = shaOf(entry, 'oid');
    return bytesIn(content, blob) ?? (await commits.blob(blob, options));
  }
}
