import type { IoOptions } from '../../content/index.ts';
import { fieldsOf, isFields } from '../fields.ts';
import type { GitHub } from '../github.ts';
import { type CommitReader, READ } from './commit-reader.ts';
import { blobId } from './git-object-id.ts';

/** Blobs of one question: GraphQL counts each, and the answers have to come within its 10 s. */
export const BLOBS_AT_ONCE = 50;

/** The fields of a blob that {@link bytesIn} reads. */
export const BLOB_FIELDS = '... on Blob { oid text isBinary isTruncated byteSize }';

/**
 * The bytes of a blob in an answer of GraphQL, which has them as text; undefined where that text does not have the id: it
 * was cut, or the blob is none.
 */
export function bytesIn(value: unknown, id: string): Uint8Array | undefined {
  if (!isFields(value) || typeof value['text'] !== 'string') return undefined;
  const bytes = new TextEncoder().encode(value['text']);
  return blobId(bytes, id) === id ? bytes : undefined;
}

/** Blobs by their ids, in order, some {@link BLOBS_AT_ONCE} a request; each is what its id says. */
export async function* readBlobs(
  github: GitHub,
  commits: CommitReader,
  ids: readonly string[],
  options?: IoOptions,
): AsyncIterable<Uint8Array> {
  for (let start = 0; start < ids.length; start += BLOBS_AT_ONCE) {
    const some = ids.slice(start, start + BLOBS_AT_ONCE);
    const fields = some.map((id, i) => `b${i}: object(oid: "${id}") { ${BLOB_FIELDS} }`);
    const query = `query ($owner: String!, $repo: String!) { repository(owner: $owner, name: $repo) { ${fields.join(' ')} } }`;
    const parse = (data: unknown) => fieldsOf(fieldsOf(data)['repository'], 'the repository');
    const found = await github.graphql(query, {}, parse, { ...READ, ...options });
    for (const [i, id] of some.entries()) yield bytesIn(found[`b${i}`], id) ?? (await commits.blob(id, options));
  }
}
