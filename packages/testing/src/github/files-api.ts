import { FOLDER, type TreeEntry } from './git-objects.ts';
import { inLines } from './objects-api.ts';
import { failure, json, notFound, type Reply, reply } from './reply.ts';
import type { Incoming, Route } from './route.ts';
import { repositoryCommit, repositoryUrl, webUrl } from './shapes.ts';
import { resolveCommitish, type World } from './world.ts';

/** Files of a commit, and how commits lie to each other (REST API, "Repository contents", "Compare two commits"). */
export const FILE_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    template: '/repos/{owner}/{repo}/contents/{path}',
    needs: [['contents', 'read']],
    answer: getContents,
  },
  {
    method: 'GET',
    template: '/repos/{owner}/{repo}/compare/{basehead}',
    needs: [['contents', 'read']],
    answer: compare,
  },
];

/** Past this a file comes without its content, save as raw bytes. */
const MAX_INLINE_BYTES = 1024 * 1024;

function getContents({ params, url, headers }: Incoming, world: World): Reply {
  const path = params['path'] ?? '';
  const ref = url.searchParams.get('ref') ?? world.defaultBranch;
  const commit = world.objects.commit(resolveCommitish(world, ref) ?? '');
  if (commit === undefined) return failure(404, `No commit found for the ref ${ref}`);
  const entry = world.objects.at(commit.tree, path);
  if (entry === undefined) return notFound();
  if (entry.mode === FOLDER) {
    const entries = world.objects.tree(entry.sha) ?? [];
    return json(
      200,
      entries.map((each) => contentShape(world, each, `${path}/${each.name}`, ref)),
    );
  }
  const bytes = world.objects.blob(entry.sha) ?? new Uint8Array();
  if ((headers['accept'] ?? '').includes('raw')) {
    return reply(200, { 'content-type': 'application/vnd.github.raw; charset=utf-8' }, bytes);
  }
  const isInline = bytes.byteLength <= MAX_INLINE_BYTES;
  return json(200, {
    ...contentShape(world, entry, path, ref),
    content: isInline ? inLines(bytes) : '',
    encoding: isInline ? 'base64' : 'none',
  });
}

function contentShape(world: World, entry: TreeEntry, path: string, ref: string) {
  const isFolder = entry.mode === FOLDER;
  const url = `${repositoryUrl(world)}/contents/${path}?ref=${encodeURIComponent(ref)}`;
  const git = `${repositoryUrl(world)}/git/${isFolder ? 'trees' : 'blobs'}/${entry.sha}`;
  const html = `${webUrl(world)}/${isFolder ? 'tree' : 'blob'}/${ref}/${path}`;
  return {
    type: isFolder ? 'dir' : 'file',
    size: world.objects.blob(entry.sha)?.byteLength ?? 0,
    name: path.split('/').at(-1) ?? '',
    path,
    sha: entry.sha,
    url,
    git_url: git,
    html_url: html,
    download_url: isFolder ? null : `https://raw.example/${world.owner}/${world.repo}/${ref}/${path}`,
    _links: { self: url, git, html },
  };
}

function compare({ params }: Incoming, world: World): Reply {
  const [baseName = '', headName = ''] = (params['basehead'] ?? '').split('...');
  const [base = '', head = ''] = [resolveCommitish(world, baseName), resolveCommitish(world, headName)];
  const [baseCommit, headCommit] = [world.objects.commit(base), world.objects.commit(head)];
  if (baseCommit === undefined || headCommit === undefined) return notFound();
  const [before, after] = [world.objects.ancestors(base), world.objects.ancestors(head)];
  const ahead = [...after].filter((sha) => !before.has(sha)).reverse();
  const behind = [...before].filter((sha) => !after.has(sha));
  const common = [...before].find((sha) => after.has(sha));
  const merge = world.objects.commit(common ?? '');
  if (merge === undefined || common === undefined) {
    return failure(404, `No common ancestor between ${baseName} and ${headName}.`);
  }
  const status =
    ahead.length === 0 ? (behind.length === 0 ? 'identical' : 'behind') : behind.length === 0 ? 'ahead' : 'diverged';
  const web = `${webUrl(world)}/compare/${baseName}...${headName}`;
  return json(200, {
    url: `${repositoryUrl(world)}/compare/${baseName}...${headName}`,
    html_url: web,
    permalink_url: web,
    diff_url: `${web}.diff`,
    patch_url: `${web}.patch`,
    base_commit: repositoryCommit(world, base, baseCommit),
    merge_base_commit: repositoryCommit(world, common, merge),
    status,
    ahead_by: ahead.length,
    behind_by: behind.length,
    total_commits: ahead.length,
    commits: ahead.slice(0, 250).flatMap((sha) => {
      const commit = world.objects.commit(sha);
      return commit === undefined ? [] : [repositoryCommit(world, sha, commit)];
    }),
    files: [],
  });
}
