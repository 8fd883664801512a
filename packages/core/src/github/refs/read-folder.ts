import { type CommitId, commitUnknown, type IoOptions, parseCommitId, type TreeFile } from '../../content/index.ts';
import { fieldsOf, flagOf, listOf, shaOf, textOf } from '../fields.ts';
import type { GitHub } from '../github.ts';
import { type CommitReader, READ } from './commit-reader.ts';
import { readBlobs } from './read-blobs.ts';

interface Entry {
  readonly path: string;
  readonly isFolder: boolean;
  readonly sha: string;
}

interface Listing {
  readonly entries: readonly Entry[];
  readonly truncated: boolean;
}

/** Every file below a folder, in the order of their paths: one request for the tree, and one for some fifty files. */
export async function* readFolder(
  github: GitHub,
  commits: CommitReader,
  place: { readonly commit: CommitId; readonly folder: string },
  options?: IoOptions,
): AsyncIterable<TreeFile> {
  const { folder } = place;
  const { tree } = await commits.facts(parseCommitId(place.commit), options);
  const whole = await listTree(github, tree, true, options);
  if (whole === undefined) throw commitUnknown(place.commit);
  const start = `${folder}/`;
  const all = whole.truncated ? await walk(github, { tree, at: '', start }, options) : whole.entries;
  const files = all
    .filter(({ path, isFolder }) => !isFolder && path.startsWith(start))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  let at = 0;
  for await (const bytes of readBlobs(
    github,
    commits,
    files.map(({ sha }) => sha),
    options,
  )) {
    yield { path: files[at]?.path ?? '', bytes };
    at += 1;
  }
}

/** The same for a tree that is too large for one answer: folder by folder, and only those on the way. */
async function walk(
  github: GitHub,
  { tree, at, start }: { readonly tree: string; readonly at: string; readonly start: string },
  options?: IoOptions,
): Promise<Entry[]> {
  const listing = await listTree(github, tree, false, options);
  const found: Entry[] = [];
  for (const { path: name, isFolder, sha } of listing?.entries ?? []) {
    const path = `${at}${name}`;
    const isOnTheWay = start.startsWith(`${path}/`) || path.startsWith(start);
    if (isFolder && isOnTheWay) found.push(...(await walk(github, { tree: sha, at: `${path}/`, start }, options)));
    else if (isOnTheWay) found.push({ path, isFolder, sha });
  }
  return found;
}

async function listTree(
  github: GitHub,
  tree: string,
  recursive: boolean,
  options?: IoOptions,
): Promise<Listing | undefined> {
  const parameters = { tree, ...(recursive ? { recursive: '1' } : {}) };
  const call = { ...READ, ...options, answers: [404] };
  return (await github.rest('GET /git/trees/{tree}', parameters, parseListing, call)).value;
}

function parseListing(json: unknown): Listing {
  const fields = fieldsOf(json);
  const entries = listOf(fields['tree'], 'its list of entries').map((value) => {
    const entry = fieldsOf(value);
    return { path: textOf(entry, 'path'), isFolder: entry['type'] === 'tree', sha: shaOf(entry, 'sha') };
  });
  return { entries, truncated: flagOf(fields, 'truncated') };
}
