import type { Commit, TreeEntry } from './git-objects.ts';
import { FOLDER } from './git-objects.ts';
import type { AssetState, CommentState, ReleaseState, VersionState, World } from './world.ts';

/** `/repos/OWNER/REPO` below the API. */
export function repositoryUrl({ origins, owner, repo }: World): string {
  return `${origins.api}/repos/${owner}/${repo}`;
}

export function webUrl({ owner, repo }: World): string {
  return `https://github.example/${owner}/${repo}`;
}

const nodeId = (kind: string, id: number | string) => `${kind}_${id}`;

/** The schema `simple-user`. */
export function user(world: World, login: string) {
  const url = `${world.origins.api}/users/${encodeURIComponent(login)}`;
  return {
    login,
    id: 41898282,
    node_id: nodeId('U', login),
    avatar_url: 'https://avatars.example/u/41898282',
    gravatar_id: '',
    url,
    html_url: `https://github.example/${encodeURIComponent(login)}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: login.endsWith('[bot]') ? 'Bot' : 'Organization',
    site_admin: false,
  };
}

/** The schema `git-ref`. */
export function gitRef(world: World, ref: string, sha: string) {
  const url = `${repositoryUrl(world)}/git`;
  return {
    ref,
    node_id: nodeId('REF', Buffer.from(ref).toString('base64url')),
    url: `${url}/${ref}`,
    object: { sha, type: 'commit', url: `${url}/commits/${sha}` },
  };
}

const UNSIGNED = { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null };

/** The schema `git-commit`. */
export function gitCommit(world: World, sha: string, commit: Commit) {
  const url = `${repositoryUrl(world)}/git`;
  return {
    sha,
    node_id: nodeId('C', sha),
    url: `${url}/commits/${sha}`,
    html_url: `${webUrl(world)}/commit/${sha}`,
    author: commit.author,
    committer: commit.committer,
    tree: { sha: commit.tree, url: `${url}/trees/${commit.tree}` },
    message: commit.message,
    parents: commit.parents.map((parent) => ({
      sha: parent,
      url: `${url}/commits/${parent}`,
      html_url: `${webUrl(world)}/commit/${parent}`,
    })),
    verification: UNSIGNED,
  };
}

/** The schema `commit`. */
export function repositoryCommit(world: World, sha: string, commit: Commit) {
  const url = `${repositoryUrl(world)}/commits/${sha}`;
  return {
    sha,
    node_id: nodeId('C', sha),
    url,
    html_url: `${webUrl(world)}/commit/${sha}`,
    comments_url: `${url}/comments`,
    commit: {
      url: `${repositoryUrl(world)}/git/commits/${sha}`,
      author: commit.author,
      committer: commit.committer,
      message: commit.message,
      tree: { sha: commit.tree, url: `${repositoryUrl(world)}/git/trees/${commit.tree}` },
      comment_count: 0,
      verification: UNSIGNED,
    },
    author: null,
    committer: null,
    parents: commit.parents.map((parent) => ({
      sha: parent,
      url: `${repositoryUrl(world)}/commits/${parent}`,
      html_url: `${webUrl(world)}/commit/${parent}`,
    })),
  };
}

/** An entry of the schema `git-tree`. */
export function gitTreeEntry(world: World, entry: TreeEntry, path: string) {
  const type = entry.mode === FOLDER ? 'tree' : 'blob';
  const size = type === 'blob' ? { size: world.objects.blob(entry.sha)?.byteLength ?? 0 } : {};
  const url = `${repositoryUrl(world)}/git/${type}s/${entry.sha}`;
  return { path, mode: entry.mode, type, sha: entry.sha, ...size, url };
}

/** The schema `release-asset`. The state `starter` is in the text of "Upload a release asset" alone. */
export function releaseAsset(world: World, release: ReleaseState, asset: AssetState) {
  return {
    url: `${repositoryUrl(world)}/releases/assets/${asset.id}`,
    id: asset.id,
    node_id: nodeId('RA', asset.id),
    name: asset.name,
    label: asset.label,
    uploader: user(world, 'github-actions[bot]'),
    content_type: asset.contentType,
    state: asset.state,
    size: asset.state === 'starter' ? 0 : asset.size,
    digest: asset.state === 'starter' || !world.quirks().assetDigests ? null : asset.digest,
    download_count: 0,
    created_at: asset.at,
    updated_at: asset.at,
    browser_download_url: `${webUrl(world)}/releases/download/${encodeURIComponent(release.tag)}/${asset.name}`,
  };
}

/** The schema `release`. @param assets as a reader sees them */
export function releaseShape(world: World, release: ReleaseState, assets: readonly AssetState[]) {
  const url = `${repositoryUrl(world)}/releases/${release.id}`;
  const uploads = `${world.origins.uploads}/repos/${world.owner}/${world.repo}/releases/${release.id}/assets`;
  const place = release.draft ? `untagged-${release.id}` : release.tag;
  return {
    url,
    html_url: `${webUrl(world)}/releases/tag/${place}`,
    assets_url: `${url}/assets`,
    upload_url: `${uploads}{?name,label}`,
    tarball_url: release.draft ? null : `${repositoryUrl(world)}/tarball/${release.tag}`,
    zipball_url: release.draft ? null : `${repositoryUrl(world)}/zipball/${release.tag}`,
    id: release.id,
    node_id: nodeId('RE', release.id),
    tag_name: release.tag,
    target_commitish: release.target,
    name: release.name,
    body: release.body,
    draft: release.draft,
    prerelease: release.prerelease,
    immutable: release.immutable,
    created_at: release.createdAt,
    published_at: release.publishedAt,
    author: user(world, 'github-actions[bot]'),
    assets: assets.filter(({ state }) => state === 'uploaded').map((asset) => releaseAsset(world, release, asset)),
  };
}

/** The schema `issue-comment`. */
export function issueComment(world: World, comment: CommentState) {
  return {
    id: comment.id,
    node_id: nodeId('IC', comment.id),
    url: `${repositoryUrl(world)}/issues/comments/${comment.id}`,
    html_url: `${webUrl(world)}/issues/${comment.issue}#issuecomment-${comment.id}`,
    issue_url: `${repositoryUrl(world)}/issues/${comment.issue}`,
    user: user(world, comment.author),
    author_association: 'NONE',
    body: comment.body,
    created_at: comment.at,
    updated_at: comment.at,
  };
}

/** The schema `package-version`. */
export function packageVersion(world: World, version: VersionState) {
  const name = encodeURIComponent(version.packageName);
  const url = `${world.origins.api}/orgs/${world.owner}/packages/container/${name}`;
  return {
    id: version.id,
    name: version.digest,
    url: `${url}/versions/${version.id}`,
    package_html_url: `https://github.example/orgs/${world.owner}/packages/container/package/${name}`,
    created_at: version.at,
    updated_at: version.at,
    ...(version.deleted ? { deleted_at: version.at } : {}),
    metadata: { package_type: 'container', container: { tags: version.tags } },
  };
}
