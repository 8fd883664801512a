import type { Person } from './git-objects.ts';
import { failure, invalid, json, notFound, type Reply, reply } from './reply.ts';
import { field, type Incoming, type Route, recordOf, textField } from './route.ts';
import { gitCommit, gitTreeEntry, repositoryUrl } from './shapes.ts';
import type { World } from './world.ts';

const BASE = '/repos/{owner}/{repo}/git';

/** Blobs, trees and commits (REST API, "Git database"). */
export const OBJECT_ROUTES: readonly Route[] = [
  { method: 'POST', template: `${BASE}/blobs`, needs: [['contents', 'write']], answer: createBlob },
  { method: 'GET', template: `${BASE}/blobs/{file_sha}`, needs: [['contents', 'read']], answer: getBlob },
  { method: 'POST', template: `${BASE}/trees`, needs: [['contents', 'write']], answer: createTree },
  { method: 'GET', template: `${BASE}/trees/{tree_sha}`, needs: [['contents', 'read']], answer: getTree },
  { method: 'POST', template: `${BASE}/commits`, needs: [['contents', 'write']], answer: createCommit },
  { method: 'GET', template: `${BASE}/commits/{commit_sha}`, needs: [['contents', 'read']], answer: getCommit },
];

function createBlob({ body }: Incoming, world: World): Reply {
  const content = textField(body, 'content');
  if (content === undefined) return invalid('Invalid request.\n\n"content" wasn\'t supplied.');
  const encoding = textField(body, 'encoding') ?? 'utf-8';
  const sha = world.objects.putBlob(Buffer.from(content, encoding === 'base64' ? 'base64' : 'utf8'));
  const url = `${repositoryUrl(world)}/git/blobs/${sha}`;
  return json(201, { url, sha }, { location: url });
}

function getBlob({ params, headers }: Incoming, world: World): Reply {
  const sha = params['file_sha'] ?? '';
  const bytes = world.objects.blob(sha);
  if (bytes === undefined) return notFound();
  if ((headers['accept'] ?? '').includes('raw')) {
    return reply(200, { 'content-type': 'application/vnd.github.raw; charset=utf-8' }, bytes);
  }
  return json(200, {
    sha,
    node_id: `B_${sha}`,
    size: bytes.byteLength,
    url: `${repositoryUrl(world)}/git/blobs/${sha}`,
    content: inLines(bytes),
    encoding: 'base64',
  });
}

/** base64 with a line feed after every 60 characters, as GitHub's has. */
export function inLines(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('base64')
    .replace(/.{1,60}/g, '$&\n');
}

function createTree({ body }: Incoming, world: World): Reply {
  const base = textField(body, 'base_tree');
  const entries = field(body, 'tree');
  if (!Array.isArray(entries) || entries.length === 0) return invalid('Invalid tree info');
  let tree = base === undefined ? undefined : treeOf(world, base);
  if (base !== undefined && tree === undefined) return invalid('base_tree is not a valid tree oid');
  for (const entry of entries.map(recordOf)) {
    const { path, mode, sha, content } = entry;
    if (typeof path !== 'string' || path === '' || /^\/|\/$|\/\//.test(path)) return invalid('tree.path is malformed');
    if (/(^|\/)(\.|\.\.|\.git)(\/|$)/i.test(path)) return invalid('tree.path contains a malformed path component');
    if (typeof mode !== 'string') return invalid('tree.mode was not supplied');
    if ((typeof sha === 'string') === (typeof content === 'string')) {
      return invalid('Must supply either tree.sha or tree.content');
    }
    const object = typeof content === 'string' ? world.objects.putBlob(Buffer.from(content, 'utf8')) : String(sha);
    if (world.objects.blob(object) === undefined && world.objects.tree(object) === undefined) {
      return invalid(`tree.sha ${object} is not a valid blob`);
    }
    tree = world.objects.withEntry(tree, path, { mode, sha: object });
  }
  return json(201, treeShape(world, tree ?? '', false));
}

function treeOf(world: World, sha: string): string | undefined {
  return world.objects.tree(sha) === undefined ? world.objects.commit(sha)?.tree : sha;
}

function getTree({ params, url }: Incoming, world: World): Reply {
  const tree = treeOf(world, params['tree_sha'] ?? '');
  return tree === undefined ? notFound() : json(200, treeShape(world, tree, url.searchParams.has('recursive')));
}

function treeShape(world: World, sha: string, recursive: boolean) {
  const all = recursive
    ? world.objects.walk(sha)
    : (world.objects.tree(sha) ?? []).map((entry) => ({ ...entry, path: entry.name }));
  const most = recursive ? world.quirks().treeEntries : Infinity;
  return {
    sha,
    url: `${repositoryUrl(world)}/git/trees/${sha}`,
    tree: all.slice(0, most).map((entry) => gitTreeEntry(world, entry, entry.path)),
    truncated: all.length > most,
  };
}

function createCommit({ body }: Incoming, world: World): Reply {
  const message = textField(body, 'message') ?? '';
  const tree = textField(body, 'tree') ?? '';
  const given = field(body, 'parents') ?? [];
  const parents = Array.isArray(given) ? given.map(String) : [];
  if (world.objects.tree(tree) === undefined) return invalid('Tree SHA does not exist');
  if (parents.some((parent) => world.objects.commit(parent) === undefined)) {
    return invalid('Parent SHA does not exist or is not a commit object');
  }
  const someone: Person = {
    name: 'github-actions[bot]',
    email: '41898282+github-actions[bot]@users.noreply.github.com',
    date: world.now(),
  };
  const author = personOf(field(body, 'author'), someone);
  const committer = personOf(field(body, 'committer'), author);
  const sha = world.objects.putCommit({ tree, parents, author, committer, message });
  const made = world.objects.commit(sha);
  if (made === undefined) return failure(500, 'Server Error');
  const shape = gitCommit(world, sha, made);
  return json(201, shape, { location: shape.url });
}

function personOf(value: unknown, otherwise: Person): Person {
  const { name, email, date } = recordOf(value);
  return {
    name: typeof name === 'string' ? name : otherwise.name,
    email: typeof email === 'string' ? email : otherwise.email,
    date: typeof date === 'string' ? `${new Date(date).toISOString().slice(0, 19)}Z` : otherwise.date,
  };
}

function getCommit({ params }: Incoming, world: World): Reply {
  const sha = params['commit_sha'] ?? '';
  const commit = world.objects.commit(sha);
  return commit === undefined ? notFound() : json(200, gitCommit(world, sha, commit));
}
