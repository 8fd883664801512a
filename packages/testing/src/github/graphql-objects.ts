import { type Commit, FOLDER } from './git-objects.ts';
import { fullRepository, repositoryNodeId } from './repository-shape.ts';
import type { Incoming } from './route.ts';
import {
  type AssetState,
  type ReleaseState,
  readAssets,
  readPublished,
  readRef,
  readReleases,
  resolveCommitish,
  type World,
} from './world.ts';

// Objects of the GraphQL schema, as far as somebody asks for them. A field that is not here is null, and an error of the
// execution where the schema says that it never is.

interface Slice {
  readonly first?: number | null;
  readonly after?: string | null;
}

/** A connection over a list; cursors are positions. */
function connection<T>(items: readonly T[], { first, after }: Slice) {
  const start = after === undefined || after === null ? 0 : Number(Buffer.from(after, 'base64').toString()) + 1;
  const nodes = items.slice(start, start + Math.min(first ?? 100, 100));
  const last = start + nodes.length - 1;
  const endCursor = nodes.length === 0 ? null : Buffer.from(String(last)).toString('base64');
  return { nodes, totalCount: items.length, pageInfo: { hasNextPage: last < items.length - 1, endCursor } };
}

/** `Repository`. */
export function graphqlRepository(world: World, may: Incoming['may']) {
  const target = (sha: string) => gitObject(world, sha);
  return {
    id: repositoryNodeId(world),
    name: world.repo,
    nameWithOwner: fullRepository(world).full_name,
    isPrivate: world.isPrivate,
    defaultBranchRef: () => {
      const sha = readRef(world, `refs/heads/${world.defaultBranch}`);
      return sha === undefined ? null : { name: world.defaultBranch, prefix: 'refs/heads/', target: target(sha) };
    },
    ref: ({ qualifiedName }: { readonly qualifiedName: string }) => {
      const sha = readRef(world, qualifiedName);
      if (sha === undefined) return null;
      const name = qualifiedName.replace(/^refs\/[^/]+\//, '');
      return { name, prefix: qualifiedName.slice(0, -name.length), target: target(sha) };
    },
    object: ({ oid, expression }: { readonly oid?: string | null; readonly expression?: string | null }) => {
      if (typeof oid === 'string') return target(oid);
      const [rev = '', path] = (expression ?? '').split(':');
      const sha = resolveCommitish(world, rev);
      const commit = world.objects.commit(sha ?? '');
      if (sha === undefined || commit === undefined) return null;
      return path === undefined ? target(sha) : target(world.objects.at(commit.tree, path)?.sha ?? '');
    },
    release: ({ tagName }: { readonly tagName: string }) => {
      const found = readPublished(world, tagName);
      return found === undefined ? null : release(world, found);
    },
    releases: (slice: Slice) => {
      const seen = readReleases(world).filter(({ draft }) => !draft || may('contents', 'write'));
      return connection(
        seen.map((each) => release(world, each)),
        slice,
      );
    },
  };
}

function release(world: World, state: ReleaseState) {
  return {
    id: `RE_${state.id}`,
    databaseId: state.id,
    tagName: state.tag,
    name: state.name,
    isDraft: state.draft,
    isPrerelease: state.prerelease,
    isLatest: false,
    createdAt: state.createdAt,
    publishedAt: state.publishedAt,
    releaseAssets: ({ name, ...slice }: Slice & { readonly name?: string | null }) => {
      const seen = readAssets(world, state).filter((asset) => asset.state === 'uploaded');
      const named = typeof name === 'string' ? seen.filter((each) => each.name === name) : seen;
      return connection(named.map(asset), slice);
    },
  };
}

function asset({ id, name, size, contentType, at }: AssetState) {
  return { id: `RA_${id}`, name, size, contentType, createdAt: at, updatedAt: at, downloadCount: 0 };
}

function gitObject(world: World, sha: string): object | null {
  const commit = world.objects.commit(sha);
  if (commit !== undefined) return commitObject(world, sha, commit);
  const bytes = world.objects.blob(sha);
  if (bytes !== undefined) return blobObject(sha, bytes);
  return world.objects.tree(sha) === undefined ? null : treeObject(world, sha);
}

/** Text past this is cut. */
const MAX_TEXT_BYTES = 512_000;

function blobObject(sha: string, bytes: Uint8Array) {
  const isBinary = bytes.includes(0);
  const text = Buffer.from(bytes.subarray(0, MAX_TEXT_BYTES)).toString('utf8');
  return {
    __typename: 'Blob',
    oid: sha,
    id: `B_${sha}`,
    byteSize: bytes.byteLength,
    isBinary,
    isTruncated: bytes.byteLength > MAX_TEXT_BYTES,
    text: isBinary ? null : text,
  };
}

function treeObject(world: World, sha: string) {
  const entries = world.objects.tree(sha) ?? [];
  return {
    __typename: 'Tree',
    oid: sha,
    id: `T_${sha}`,
    entries: entries.map((entry) => treeEntry(world, entry.name, entry.name, entry)),
  };
}

function treeEntry(world: World, path: string, name: string, entry: { readonly mode: string; readonly sha: string }) {
  return {
    name,
    path,
    oid: entry.sha,
    mode: Number.parseInt(entry.mode, 8),
    type: entry.mode === FOLDER ? 'tree' : 'blob',
    size: world.objects.blob(entry.sha)?.byteLength ?? 0,
    object: () => gitObject(world, entry.sha),
  };
}

function commitObject(world: World, sha: string, commit: Commit): object {
  const commits = (ids: Iterable<string>) =>
    [...ids].flatMap((id) => {
      const found = world.objects.commit(id);
      return found === undefined ? [] : [commitObject(world, id, found)];
    });
  return {
    __typename: 'Commit',
    oid: sha,
    id: `C_${sha}`,
    message: commit.message,
    committedDate: commit.committer.date,
    tree: () => treeObject(world, commit.tree),
    parents: (slice: Slice) => connection(commits(commit.parents), slice),
    history: (slice: Slice) => connection(commits(world.objects.ancestors(sha)), slice),
    file: ({ path }: { readonly path: string }) => {
      const entry = world.objects.at(commit.tree, path);
      return entry === undefined ? null : treeEntry(world, path, entry.name, entry);
    },
  };
}
