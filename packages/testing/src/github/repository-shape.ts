import { repositoryUrl, user, webUrl } from './shapes.ts';
import type { World } from './world.ts';

/** Sub-resources, by the field that leads to them. */
const BELOW = {
  archive_url: '/{archive_format}{/ref}',
  assignees_url: '/assignees{/user}',
  blobs_url: '/git/blobs{/sha}',
  branches_url: '/branches{/branch}',
  collaborators_url: '/collaborators{/collaborator}',
  comments_url: '/comments{/number}',
  commits_url: '/commits{/sha}',
  compare_url: '/compare/{base}...{head}',
  contents_url: '/contents/{+path}',
  contributors_url: '/contributors',
  deployments_url: '/deployments',
  downloads_url: '/downloads',
  events_url: '/events',
  forks_url: '/forks',
  git_commits_url: '/git/commits{/sha}',
  git_refs_url: '/git/refs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  hooks_url: '/hooks',
  issue_comment_url: '/issues/comments{/number}',
  issue_events_url: '/issues/events{/number}',
  issues_url: '/issues{/number}',
  keys_url: '/keys{/key_id}',
  labels_url: '/labels{/name}',
  languages_url: '/languages',
  merges_url: '/merges',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  pulls_url: '/pulls{/number}',
  releases_url: '/releases{/id}',
  stargazers_url: '/stargazers',
  statuses_url: '/statuses/{sha}',
  subscribers_url: '/subscribers',
  subscription_url: '/subscription',
  tags_url: '/tags',
  teams_url: '/teams',
  trees_url: '/git/trees{/sha}',
} as const;

const MADE_AT = '2026-01-01T00:00:00Z';

/** The schema `minimal-repository`. */
export function minimalRepository(world: World) {
  const url = repositoryUrl(world);
  const below = Object.fromEntries(Object.entries(BELOW).map(([name, path]) => [name, `${url}${path}`]));
  return {
    ...below,
    id: 217723378,
    node_id: repositoryNodeId(world),
    name: world.repo,
    full_name: `${world.owner}/${world.repo}`,
    owner: user(world, world.owner),
    private: world.isPrivate,
    html_url: webUrl(world),
    description: null,
    fork: false,
    url,
  };
}

export function repositoryNodeId(world: World): string {
  return `R_${Buffer.from(`${world.owner}/${world.repo}`).toString('base64url')}`;
}

/** The schema `full-repository`. */
export function fullRepository(world: World) {
  const web = webUrl(world);
  return {
    ...minimalRepository(world),
    clone_url: `${web}.git`,
    git_url: `git://github.example/${world.owner}/${world.repo}.git`,
    ssh_url: `git@github.example:${world.owner}/${world.repo}.git`,
    svn_url: web,
    mirror_url: null,
    homepage: null,
    language: null,
    license: null,
    default_branch: world.defaultBranch,
    visibility: world.isPrivate ? 'private' : 'public',
    archived: false,
    disabled: false,
    has_issues: true,
    has_projects: false,
    has_wiki: false,
    has_pages: false,
    has_discussions: false,
    forks: 0,
    forks_count: 0,
    open_issues: 0,
    open_issues_count: 0,
    watchers: 0,
    watchers_count: 0,
    stargazers_count: 0,
    network_count: 0,
    subscribers_count: 0,
    size: 1,
    pushed_at: MADE_AT,
    created_at: MADE_AT,
    updated_at: MADE_AT,
  };
}
