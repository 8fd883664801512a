import { page } from './pages.ts';
import { invalid, json, notFound, type Reply, reply } from './reply.ts';
import { fullRepository, minimalRepository } from './repository-shape.ts';
import { type Incoming, type Route, textField } from './route.ts';
import { issueComment, packageVersion, repositoryUrl, webUrl } from './shapes.ts';
import type { VersionState, World } from './world.ts';

const REPOSITORY = '/repos/{owner}/{repo}';
const RUN = `${REPOSITORY}/actions/runs/{run_id}`;
const COMMENTS = `${REPOSITORY}/issues/{issue_number}/comments`;
const COMMENT = `${REPOSITORY}/issues/comments/{comment_id}`;
const VERSIONS = '/orgs/{org}/packages/{package_type}/{package_name}/versions';

/** The repository itself, its runs, comments and packages. */
export const REPOSITORY_ROUTES: readonly Route[] = [
  { method: 'GET', template: REPOSITORY, needs: [['metadata', 'read']], answer: getRepository },
  { method: 'GET', template: RUN, needs: [['actions', 'read']], answer: getRun },
  { method: 'GET', template: `${RUN}/attempts/{attempt_number}`, needs: [['actions', 'read']], answer: getRun },
  { method: 'GET', template: COMMENT, needs: readsIssues(), answer: getComment },
  { method: 'PATCH', template: COMMENT, needs: writesIssues(), answer: updateComment },
  { method: 'DELETE', template: COMMENT, needs: writesIssues(), answer: deleteComment },
  { method: 'GET', template: COMMENTS, needs: readsIssues(), answer: listComments },
  { method: 'POST', template: COMMENTS, needs: writesIssues(), answer: createComment },
  { method: 'GET', template: VERSIONS, needs: [['packages', 'read']], answer: listVersions },
  { method: 'GET', template: `${VERSIONS}/{package_version_id}`, needs: [['packages', 'read']], answer: getVersion },
  {
    method: 'DELETE',
    template: `${VERSIONS}/{package_version_id}`,
    needs: [['packages', 'write']],
    answer: removeVersion,
  },
  {
    method: 'POST',
    template: `${VERSIONS}/{package_version_id}/restore`,
    needs: [['packages', 'write']],
    answer: restoreVersion,
  },
];

function readsIssues(): Route['needs'] {
  return [
    ['issues', 'read'],
    ['pull-requests', 'read'],
  ];
}

function writesIssues(): Route['needs'] {
  return [
    ['issues', 'write'],
    ['pull-requests', 'write'],
  ];
}

function getRepository(_: Incoming, world: World): Reply {
  return json(200, fullRepository(world));
}

function getRun({ params }: Incoming, world: World): Reply {
  const runs = [...world.runs.values()].filter(({ id }) => id === Number(params['run_id']));
  const attempt = params['attempt_number'];
  const run =
    attempt === undefined
      ? runs.sort((a, b) => b.attempt - a.attempt)[0]
      : runs.find((each) => each.attempt === Number(attempt));
  if (run === undefined) return notFound();
  const url = `${repositoryUrl(world)}/actions/runs/${run.id}`;
  const sha = world.refs.get(`refs/heads/${world.defaultBranch}`) ?? '';
  return json(200, {
    id: run.id,
    name: 'build',
    node_id: `WFR_${run.id}`,
    head_branch: world.defaultBranch,
    head_sha: sha,
    path: '.github/workflows/build.yml',
    display_title: 'build',
    run_number: 1,
    run_attempt: run.attempt,
    event: 'push',
    status: run.status,
    conclusion: run.status === 'completed' ? 'success' : null,
    workflow_id: 1,
    url,
    html_url: `${webUrl(world)}/actions/runs/${run.id}`,
    created_at: world.now(),
    updated_at: world.now(),
    head_commit: null,
    head_repository: minimalRepository(world),
    repository: minimalRepository(world),
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: `${repositoryUrl(world)}/check-suites/1`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    workflow_url: `${repositoryUrl(world)}/actions/workflows/1`,
    pull_requests: [],
  });
}

function listComments(request: Incoming, world: World): Reply {
  const issue = Number(request.params['issue_number']);
  const found = [...world.comments.values()].filter((comment) => comment.issue === issue);
  return page(
    request,
    found.map((comment) => issueComment(world, comment)),
    world.quirks().pageSize,
  );
}

function createComment({ params, body }: Incoming, world: World): Reply {
  const text = textField(body, 'body') ?? '';
  if (text === '')
    return invalid('Validation Failed', [{ resource: 'IssueComment', code: 'missing_field', field: 'body' }]);
  const comment = {
    id: world.nextId(),
    issue: Number(params['issue_number']),
    author: 'github-actions[bot]',
    body: text,
    at: world.now(),
  };
  world.comments.set(comment.id, comment);
  const shape = issueComment(world, comment);
  return json(201, shape, { location: shape.url });
}

function getComment({ params }: Incoming, world: World): Reply {
  const comment = world.comments.get(Number(params['comment_id']));
  return comment === undefined ? notFound() : json(200, issueComment(world, comment));
}

function updateComment({ params, body }: Incoming, world: World): Reply {
  const comment = world.comments.get(Number(params['comment_id']));
  if (comment === undefined) return notFound();
  comment.body = textField(body, 'body') ?? comment.body;
  return json(200, issueComment(world, comment));
}

function deleteComment({ params }: Incoming, world: World): Reply {
  return world.comments.delete(Number(params['comment_id'])) ? reply(204) : notFound();
}

function versionsOf({ params, url }: Incoming, world: World): readonly VersionState[] {
  if (params['org'] !== world.owner || params['package_type'] !== 'container') return [];
  const deleted = url.searchParams.get('state') === 'deleted';
  return [...world.versions.values()]
    .filter((version) => version.packageName === params['package_name'] && version.deleted === deleted)
    .sort((a, b) => b.id - a.id);
}

function listVersions(request: Incoming, world: World): Reply {
  const known = [...world.versions.values()].some(({ packageName }) => packageName === request.params['package_name']);
  if (!known) return notFound();
  const shapes = versionsOf(request, world).map((version) => packageVersion(world, version));
  return page(request, shapes, world.quirks().pageSize);
}

function versionOf({ params }: Incoming, world: World): VersionState | undefined {
  const version = world.versions.get(Number(params['package_version_id']));
  return version?.packageName === params['package_name'] ? version : undefined;
}

function getVersion(request: Incoming, world: World): Reply {
  const version = versionOf(request, world);
  return version === undefined || version.deleted ? notFound() : json(200, packageVersion(world, version));
}

function removeVersion(request: Incoming, world: World): Reply {
  const version = versionOf(request, world);
  if (version === undefined || version.deleted) return notFound();
  version.deleted = true;
  return reply(204);
}

function restoreVersion(request: Incoming, world: World): Reply {
  const version = versionOf(request, world);
  if (version === undefined || !version.deleted) return notFound();
  version.deleted = false;
  return reply(204);
}
