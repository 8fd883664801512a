import type { LogOptions } from '../../intoto/index.ts';
import { countOf, fieldsOf, flagOf, isFields, listOf, textOf } from '../fields.ts';
import type { Call, GitHub } from '../github.ts';
import { type Part, type PartName, parseTag, TAG_ROOT, tagOf } from './parts.ts';

export const READ: Call = { needs: 'contents: read' };

/** A release, and whether it has a whole asset of the name that was asked for. */
export interface FoundPart extends Part {
  readonly hasIt: boolean;
}

/** GraphQL, because its releases come without their assets: by REST the hundred releases of a page bring all of theirs. */
const FIELDS =
  'databaseId tagName isDraft all: releaseAssets(first: 1) { totalCount } it: releaseAssets(first: 1, name: $name) { totalCount }';

const PARTS_AT_ONCE = 8;
const TAGS_AT_ONCE = 50;

/** The published parts of a month, in order: one request for some eight. */
export async function findParts(
  github: GitHub,
  wanted: Omit<PartName, 'part'>,
  name: string,
  options?: LogOptions,
): Promise<readonly FoundPart[]> {
  const found: FoundPart[] = [];
  for (let first = 1; ; first += PARTS_AT_ONCE) {
    const tags = Array.from({ length: PARTS_AT_ONCE }, (_, i) => tagOf({ ...wanted, part: first + i }));
    const some = await findTags(github, tags, name, options);
    found.push(...some);
    if (some.every(({ part }) => part !== first + PARTS_AT_ONCE - 1)) return found;
  }
}

/** The published releases of these tags. Tags that are not of records are passed over. */
export async function findTags(
  github: GitHub,
  tags: readonly string[],
  name: string,
  options?: LogOptions,
): Promise<readonly FoundPart[]> {
  const found: FoundPart[] = [];
  for (let start = 0; start < tags.length; start += TAGS_AT_ONCE) {
    const fields = tags.slice(start, start + TAGS_AT_ONCE).flatMap((tag, i) => {
      // Of what parseTag takes nothing needs an escape.
      return parseTag(tag) === undefined ? [] : [`r${i}: release(tagName: "${tag}") { ${FIELDS} }`];
    });
    if (fields.length === 0) continue;
    const query = `query ($owner: String!, $repo: String!, $name: String!) { repository(owner: $owner, name: $repo) { ${fields.join(' ')} } }`;
    const parse = (data: unknown) =>
      Object.values(fieldsOf(fieldsOf(data)['repository'], 'the repository')).flatMap(parsePart);
    found.push(...(await github.graphql(query, { name }, parse, { ...READ, ...options })));
  }
  return found;
}

const DRAFTS = `query ($owner: String!, $repo: String!, $name: String!, $after: String) {
  repository(owner: $owner, name: $repo) {
    releases(first: 100, after: $after) { nodes { ${FIELDS} } pageInfo { hasNextPage endCursor } }
  }
}`;

/** The drafts among the releases of records: one request for a hundred releases of any kind. Readers see none. */
export async function findDrafts(github: GitHub, name: string, options?: LogOptions): Promise<readonly FoundPart[]> {
  const found: FoundPart[] = [];
  const seen = new Set<string>();
  for (let after: string | undefined; ; ) {
    const parse = (data: unknown) => {
      const releases = fieldsOf(fieldsOf(fieldsOf(data)['repository'], 'the repository')['releases'], 'its releases');
      const info = fieldsOf(releases['pageInfo'], 'its page');
      const next = flagOf(info, 'hasNextPage') ? textOf(info, 'endCursor') : undefined;
      return { parts: listOf(releases['nodes'], 'its releases').flatMap(parsePart), next };
    };
    const variables = { name, ...(after === undefined ? {} : { after }) };
    const { parts, next } = await github.graphql(DRAFTS, variables, parse, { ...READ, ...options });
    found.push(...parts.filter(({ draft }) => draft));
    if (next === undefined || seen.has(next)) return found.sort((a, b) => a.part - b.part || a.id - b.id);
    seen.add(next);
    after = next;
  }
}

/** The tags of releases of records, published ones. */
export async function listTags(github: GitHub, options?: LogOptions): Promise<readonly string[]> {
  const parse = (json: unknown) => listOf(json).map((each) => textOf(fieldsOf(each), 'ref').replace('refs/tags/', ''));
  const all: string[] = [];
  const call = { ...READ, ...options };
  for await (const page of github.pages(
    `GET /git/matching-refs/tags/${TAG_ROOT}`,
    { per_page: undefined },
    parse,
    call,
  ))
    all.push(...page);
  return all.filter((tag) => parseTag(tag) !== undefined);
}

function parsePart(value: unknown): FoundPart[] {
  if (!isFields(value)) return [];
  const name = parseTag(textOf(value, 'tagName'));
  if (name === undefined) return [];
  const count = (field: string) => countOf(fieldsOf(value[field], 'its assets'), 'totalCount');
  const id = countOf(value, 'databaseId');
  return [{ ...name, id, count: count('all'), hasIt: count('it') > 0, draft: flagOf(value, 'isDraft') }];
}
